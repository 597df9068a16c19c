"""Tables and figures, drawn from result records alone: NumPy and Matplotlib, no TensorFlow, a few seconds.

`records` reads the JSON files; `layouts` names the rows and columns of every item and `tables` sets the records in
them, beside the paper's values. `markdown` and `latex` write a table in the words of `wording`, `plots`,
`plot_inverse_lengths` and `plot_strategies` draw it; `strategies` and `savings` compare the two ways of training of
Figures 7 and 8. `presets`, `summary`, `results` and `readme` put all items together. `figure3`, `benchmarks`,
`recipes`, `learning_curve` and `idea` are drawings by themselves; `axes` and `style` are shared, `output` writes files.
The command line is `python -m figures --help`.
"""

from figures.idea import draw_idea
from figures.latex import to_latex
from figures.layouts import LAYOUTS
from figures.markdown import to_markdown
from figures.plot_inverse_lengths import draw_inverse_lengths
from figures.plot_strategies import draw_figure7, draw_figure8
from figures.plots import draw_curves, draw_table_curves, draw_table_errors
from figures.records import Record, RecordError, read_record, read_records
from figures.summary import summarize
from figures.tables import Table, build_table, read_table

__all__ = [
    "LAYOUTS",
    "Record",
    "RecordError",
    "Table",
    "build_table",
    "draw_curves",
    "draw_figure7",
    "draw_figure8",
    "draw_idea",
    "draw_inverse_lengths",
    "draw_table_curves",
    "draw_table_errors",
    "read_record",
    "read_records",
    "read_table",
    "summarize",
    "to_latex",
    "to_markdown",
]
