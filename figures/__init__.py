"""Tables and figures from result records, with NumPy and Matplotlib but without TensorFlow.

`experiments.paper` defines the items with their labels and printed values, and `experiments.records` reads records.
`tables` arranges both in rows and columns, and `text` writes tables as Markdown and LaTeX. `strategies` compares
one-scale and two-scale training in Figures 7 and 8. `logs` reads training logs. `plotting` draws. `summary` and
`results` collect all items. The command line is `python -m figures --help`.
"""
