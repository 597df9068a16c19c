"""The tables and figures of Section 5: settings, presets, labels, printed values. No TensorFlow is imported here.

A new table is one more item in the module of its dimension: the commands, the drawings, the summary and the results
table of the README find it in `ITEMS`.
"""

from experiments.paper import one_dimension, three_dimensions, two_dimensions

# by the name of their drawings, tables before figures, as `python -m figures` lists them
ITEMS = {
    item.drawing: item
    for item in sorted(
        (*one_dimension.ITEMS, *two_dimensions.ITEMS, *three_dimensions.ITEMS),
        key=lambda item: (not item.drawing.startswith("table"), item.drawing),
    )
}
