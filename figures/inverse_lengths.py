"""The learned inverse lengths λ of a record's multiplier, for Table 5."""

import math

from figures.records import RecordError

ROWS = ("lambda1", "lambda2")


def has_inverse_length(record):
    """Whether a record is of a network with modes; the short-range network learns no λ."""
    return record.cell.get("modes") is not None


def inverse_length(record, row, moment):
    """|λ| of one channel: λ₁ is the channel that ends with the larger one, λ₂ that with the smaller one.

    The sign of λ is free, since Eq. (23) holds its square. A start is that of the same channel, not of the same rank.

    Args:
        record: a `Record` of a full-range network.
        row: "lambda1" or "lambda2".
        moment: "initial" or "final".

    Returns: a float, NaN when the training diverged.
    Raises: RecordError naming the file when its multiplier has no such numbers.
    """
    pairs = _channels(record)
    finals = [abs(final) for _, final in pairs]
    if not all(map(math.isfinite, finals)):
        return math.nan
    channel = finals.index(max(finals)) if row == ROWS[0] else finals.index(min(finals))
    if max(finals) == min(finals):  # two channels of one λ are still two channels
        channel = ROWS.index(row)
    initial, final = pairs[channel]
    return abs(initial if moment == "initial" else final)


def _channels(record):
    """(initial, final) of every channel."""
    lengths = (record.multiplier or {}).get("inverse_length")
    try:
        pairs = [(float(a), float(b)) for a, b in zip(lengths["initial"], lengths["final"], strict=True)]
    except (TypeError, KeyError, ValueError):
        pairs = []
    if len(pairs) < 2:
        raise RecordError(
            f"{record.path}: entry 'multiplier' must hold inverse_length, initial and final, two numbers or more each; "
            f"received {str(record.multiplier)[:60]}"
        )
    return pairs
