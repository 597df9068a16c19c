"""Tables and figures, drawn from result records alone: NumPy and Matplotlib, no TensorFlow, a few seconds.

`records` reads the files. `layouts` names the rows and columns of every item, `tables` sets the records in them beside
the paper's values, and `text` writes a table as Markdown and LaTeX. `strategies` compares the two ways of training of
Figures 7 and 8. `plots`, `learning_curves`, `reports` and `idea` draw, in the style of `style`. `summary` and `results`
put all items together. The command line is `python -m figures --help`.
"""
