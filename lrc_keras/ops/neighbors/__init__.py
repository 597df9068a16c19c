"""Neighbour lists: `search` finds the pairs, `sharing` divides them, `lists` pads them, `sums` run over the entries."""

from lrc_keras.ops.neighbors.lists import check_cutoff, neighbor_list

__all__ = ["check_cutoff", "neighbor_list"]
