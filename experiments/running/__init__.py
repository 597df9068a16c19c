"""How items are run: command line, plan, data, training of the cells, records."""
