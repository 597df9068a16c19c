"""Tables and figures, drawn from result records alone: NumPy and Matplotlib, no TensorFlow, a few seconds.

`records` reads the JSON files, `tables` sets them beside the paper's values, `markdown` writes and `plots`
draws them, `idea` draws the picture of the method, `style` holds colours and fonts, `output` writes files.
The command line is `python -m figures --help`.
"""

from figures.idea import draw_idea
from figures.markdown import to_markdown
from figures.plots import draw_curves, draw_table_curves, draw_table_errors
from figures.records import Record, RecordError, read_record, read_records
from figures.tables import LAYOUTS, Table, build_table

__all__ = [
    "LAYOUTS",
    "Record",
    "RecordError",
    "Table",
    "build_table",
    "draw_curves",
    "draw_idea",
    "draw_table_curves",
    "draw_table_errors",
    "read_record",
    "read_records",
    "to_markdown",
]
