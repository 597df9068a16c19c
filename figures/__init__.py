"""Tables and figures, drawn from result records alone: NumPy and Matplotlib, no TensorFlow, a few seconds.

`experiments.paper` has the items with their labels and printed values, and `experiments.records` reads the records.
`tables` sets both side by side, and `text` writes a table as Markdown and LaTeX. `strategies` compares the two ways of
training of Figures 7 and 8. `logs` reads the logs of trainings. `plotting` draws. `summary` and `results` put all items
together. The command line is `python -m figures --help`.
"""
