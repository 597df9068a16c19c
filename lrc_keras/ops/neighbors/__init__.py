"""Neighbour lists: `search` finds pairs, `sharing` balances half lists, `lists` pads them, `sums` adds over them."""

from lrc_keras.ops.neighbors.lists import check_cutoff, neighbor_list

__all__ = ["check_cutoff", "neighbor_list"]
