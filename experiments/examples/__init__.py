"""Runnable examples beyond the paper. They may use every other package, the drawings too; none of these uses them."""
