"""Whatever is wrong with an argument of `lrc_keras.ase`, or with its atoms, is answered by a sentence that names it."""

from functools import cache

import numpy as np
import pytest

pytest.importorskip("ase")

from lrc_keras.ase import ForceFieldCalculator, SkinNeighbors
from tests.ase.force_fields import BOX, make
from tests.wrong_values import check_row, rows


@cache
def field(**options):
    return make(**{"network": "short", **options})[0]


def calculator(name, **options):
    """What makes a calculator of a model of these options, with an argument of this name."""
    return lambda value: ForceFieldCalculator(field(**options), **{name: value})


def committee(**options):
    return lambda value: ForceFieldCalculator([field(), field(**options)])


def energy(change):
    """The energy of the model's own atoms after `change(atoms)(value)`."""

    def call(value):
        atoms = make(network="short")[1]
        change(atoms)(value)
        atoms.calc = ForceFieldCalculator(field())
        atoms.get_potential_energy()

    return call


KINDS, CHARGED = {"num_species": 2}, {"network": "full", "sources": "given"}
SYMBOLS = "species must be a list of different chemical symbols; received"
NO_CELLS = [np.zeros((3, 3)), np.eye(3) * np.nan, np.ones(3), 3.0, np.eye(4), np.ones((3, 2)), []]
CALCULATORS = [
    (ForceFieldCalculator, ["model.keras", None], "force_field must be a ForceField, or a sequence of them; received"),
    (ForceFieldCalculator, [[]], "force_field must be at least one ForceField; received none"),
    (lambda v: ForceFieldCalculator([field(), v]), [None], "force_field must be a ForceField, or a sequence of them"),
    (committee(box=(3.0, 2.5, 2.3)), [None], "force_field must be models that agree in cell"),
    (committee(half_list=True), [None], "force_field must be models that agree in half_list"),
    (committee(free_cell=True), [None], "force_field must be models that agree in inputs"),
    (committee(dtype="float32"), [None], "force_field must be models that agree in inputs"),
    (committee(per_particle=True), [None], "force_field must be models that agree in outputs"),
    (calculator("cutoff"), [0.9], "cutoff must be the model's own, 1.0; received 0.9"),
    (calculator("box_length"), [3.0], r"box_length must be the model's own, .*; received .*3.0]]"),
    (calculator("box_length"), [(3.0, 2.5)], "box_length must have 3 sides, one per dimension"),
    (calculator("box_length", free_cell=True), [BOX], "box_length must be the model's own, None"),
    (calculator("skin"), [-1], "skin must be a finite number, 0 or more; received -1"),
    (lambda v: SkinNeighbors(v, 0.3), [0], "cutoff must be a positive finite number; received 0"),
    (lambda v: SkinNeighbors(1.0, 0.3).list(np.zeros((2, 3)), v), NO_CELLS, "cell must be a matrix of d finite"),
    (lambda v: SkinNeighbors(1.0, 0.3).list(np.zeros((2, 3)), v), ["abc"], "cell must be an array of real numbers"),
    (
        lambda v: SkinNeighbors(1.0, 0.3).list(v, np.eye(3) * 3),
        [np.zeros((2, 2)), np.zeros(3), [], 1.0],
        r"positions must have shape \(points, 3\) in this cell",
    ),
    (
        lambda v: SkinNeighbors(1.0, 0.3).list(v, np.eye(3) * 3),
        [np.array([[0, np.nan, np.inf]])],
        "positions must be finite; received 2 NaN or infinite values",
    ),
    (calculator("species"), [["H"]], "species must be None for a model without the input 'species'"),
    (calculator("species", **KINDS), [None], "species must be chemical symbols for a model with the input 'species'"),
    (calculator("species", **KINDS), [["Na", "Qq"], "Na", ["Na", "Na"]], SYMBOLS),
    (calculator("species", **KINDS), [["Na"]], "species must have 2 chemical symbols for this model"),
    (calculator("sources"), [{"H": 1}], "sources must be None for a model without the input 'sources'"),
    (calculator("sources", **CHARGED), [None, "charges", {"Qq": 1.0}], "sources must be a dict from chemical symbol"),
    (calculator("sources", **CHARGED), [{"H": [1, 2]}, {"H": np.nan}], "sources must have 1 finite numbers for 'H'"),
]
ATOMS = [
    (energy(lambda a: a.set_cell), [[3.0, 2.5, 2.3]], "cell must be the cell of the model; received .*, 2.3]]"),
    (energy(lambda a: a.set_cell), [[[3, 0, 0], [0.1, 2.5, 0], [0, 0, 2.2]]], r"cell .*received \[\[3.0, 0.0, 0.0\]"),
    (energy(lambda a: a.set_pbc), [[True, False, True]], r"pbc must be True .*; received \[True, False, True\]"),
    (energy(lambda a: a.pop), [-1], "atoms must be 16 in number for this model; received 15"),
    (energy(lambda a: lambda v: a.positions.put(4, v)), [np.nan], "positions must be finite; received 1 NaN"),
]


@rows([*CALCULATORS, *ATOMS])
def test_refused(call, arguments, pattern):
    check_row(call, arguments, pattern)
