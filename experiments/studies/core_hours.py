"""What the cells of every table and figure cost, from measured times: core-hours of a preset, all on one kind of core.

A cell costs what a record of the same geometry and network cost a snapshot visit (`estimates`). Where there is none, a
visit costs what one of the training benchmark of the same dimension and network does, in proportion to the pairs of
neighbours, of which there are N · (N/V) · |ball of radius R|.
"""

import math
from dataclasses import asdict

from experiments.paper import ITEMS as PAPER_ITEMS
from experiments.records import read_record
from experiments.running.estimates import estimate, speed_key

ITEMS = sorted(PAPER_ITEMS.values(), key=lambda item: item.dim)
BALL = {1: 2.0, 2: math.pi, 3: 4 * math.pi / 3}  # volume for radius one


def step_times(path):
    """Seconds a snapshot and pair by (dimension, network), from the record of `benchmark_scaling.py training`."""
    rows = read_record(path, "benchmark_training").results if path.exists() else []
    return {(row["case"][0], row["network"]): 1e-3 * row["ours_core_ms"] / row["neighbor_pairs"] for row in rows}


def neighbor_pairs(system):
    """Expected number of pairs i, j within the cutoff in a snapshot, both orders counted."""
    volume = math.prod(system.box_length)
    return system.num_points**2 / volume * BALL[system.dim] * system.cutoff**system.dim


def cell_seconds(cell, speeds, steps):
    """(seconds of a cell on one core, "record", "benchmark" or "none" for where they come from).

    Args:
        cell: `settings.Cell`.
        speeds: of `estimates.measured_speeds`.
        steps: of `step_times`.
    """
    if (seconds := estimate(cell, speeds)) is not None:
        return seconds, "record"
    per_pair = steps.get((cell.system.dim, cell.network))
    if per_pair is None:
        return None, "none"
    return per_pair * neighbor_pairs(cell.system) * cell.training.snapshot_visits, "benchmark"


def item_costs(preset, speeds, steps, items=ITEMS):
    """A dict for each item with cells of its own: item, cells, visits, hours, longest, sources.

    Args:
        preset: name.
        speeds, steps: as for `cell_seconds`.
        items: of `experiments.paper`.

    Returns: list of dicts; `visits` are snapshots seen in all, `hours` core-hours of one seed or None when a cell has
        no measurement, `longest` those of the longest cell, `sources` a set. A small phase counts once.
    """
    counted, costs = set(), []
    for item in items:
        cells = {cell.key: cell for cell in item.cells(preset)}
        cells |= {cell.small_phase.key: cell.small_phase for cell in cells.values() if cell.small_phase is not None}
        own = [cell for key, cell in cells.items() if key not in counted]
        counted |= set(cells)
        if not own:
            continue
        seconds, sources = zip(*(cell_seconds(cell, speeds, steps) for cell in own), strict=True)
        known = None not in seconds
        costs.append(
            {
                "item": item.title.partition(":")[0],
                "cells": len(own),
                "visits": sum(cell.training.snapshot_visits for cell in own),
                "hours": sum(seconds) / 3600 if known else None,
                "longest": max(seconds) / 3600 if known else None,
                "sources": set(sources),
            }
        )
    return costs


def visit_times(speeds, items=ITEMS):
    """Measured milliseconds a snapshot visit by geometry: dicts of dim, points, modes, network, milliseconds, batch.

    Of the runs of one geometry, network and batch size the longest counts, as in `estimate`.
    """
    rows = {}
    for cell in (cell for item in items for cell in item.cells("quick")):
        for system, network in ((cell.system, cell.network), *_small(cell)):
            modes = system.num_modes if network == "full" else ()
            key = system.dim, system.num_points, network, modes
            found = speeds.get(speed_key(asdict(system), network, True), [])
            for batch in sorted({round(speed.batch) for speed in found}):
                speed = max((s for s in found if round(s.batch) == batch), key=lambda s: s.visits)
                rows[(*key, batch)] = 1e3 * speed.per_visit
    return [
        dict(zip(("dim", "points", "network", "modes", "batch", "milliseconds"), (*key, value), strict=True))
        for key, value in sorted(rows.items())
    ]


def _small(cell):
    return () if cell.small_phase is None else ((cell.small_phase.system, cell.small_phase.network),)
