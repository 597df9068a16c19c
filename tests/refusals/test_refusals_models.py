"""Whatever is wrong with an argument of `lrc_keras.models` is answered by a sentence that names it."""

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.layers import FreeMultiplier, GaussianMultiplier, GradientMultiplier, ScreenedCoulombMultiplier
from lrc_keras.models import (
    ForceField,
    build_full_range_model,
    build_point_operator,
    build_short_range_model,
    export_saved_model,
)
from tests.wrong_values import NO_COUNTS, NO_FLAGS, check_row, rows

BOX, CUTOFF = 5.0, 1.5
COUNTS = [value for value in NO_COUNTS if value is not None]
NO_DEPTHS = [*(value for value in NO_COUNTS if value != 0 or value is False), -1, 2**31]
NO_LENGTHS = [*COUNTS, 2.0, [0.5, -1], "ab", (1.0, True)]
SHORT = build_short_range_model(4, 1, BOX, CUTOFF, dtype="float64")
INPUTS = {"positions": np.array([[[0.0], [0.6], [1.4], [3.0]]] * 2), "neighbors": np.full((2, 4, 1), -1, "int32")}


def short(**changes):
    return build_short_range_model(**{"num_points": 4, "dim": 1, "box_length": BOX, "cutoff": CUTOFF, **changes})


def full(**changes):
    good = {"num_points": 4, "dim": 1, "box_length": BOX, "cutoff": CUTOFF, "num_modes": 9}
    return build_full_range_model(**{**good, **changes})


def operator(**changes):
    return build_point_operator(**{"num_points": 4, "dim": 1, "box_length": BOX, "num_modes": 5, **changes})


def reference_energies(*arguments):
    return ForceField(SHORT).fit_reference_energies(*arguments)


def forces_alone(inputs):
    return tf.data.Dataset.from_tensors((inputs, {"forces": inputs["positions"]}))


class Quadratic(keras.Model):
    """An energy model that is no functional one: U = Σ x²."""

    def call(self, inputs):
        return keras.ops.sum(keras.ops.square(inputs["positions"]), axis=(1, 2))


BUILDERS = [
    (lambda v: short(fitting_depth=v), NO_DEPTHS, "fitting_depth"),
    (lambda v: full(fitting_depth=v), NO_DEPTHS, "fitting_depth"),
    *((lambda v, build=build: build(dtype=v), ["float16", "double", 32], "dtype must be") for build in (short, full)),
    *((lambda v, build=build: build(dim=v), [0, 4, None, "2"], "dim must be 1, 2 or 3") for build in (short, full)),
    *((lambda v, build=build: build(num_points=v), COUNTS, "num_points") for build in (short, full)),
    *((lambda v, build=build: build(num_species=v), COUNTS, "num_species") for build in (short, full)),
    *(
        (lambda v, build=build, name=name: build(**{name: v}), NO_FLAGS, name)
        for build in (short, full)
        for name in ("half_list", "cell_images", "per_particle")
    ),
    # what a model is made of answers for its own arguments
    (lambda v: short(cutoff=v), [True], "cutoff"),
    (lambda v: short(smooth_cutoff=v), ["no"], "smooth_cutoff"),
    (lambda v: full(box_length=v), [2.0], "box_length must be at least twice the cutoff"),
    (lambda v: full(num_modes=v), [0], "num_modes must be a positive integer"),
    (lambda v: full(inverse_lengths=v), [value for value in NO_LENGTHS if value != (2,)], "inverse_lengths"),
    (lambda v: full(multiplier=ScreenedCoulombMultiplier(2), inverse_lengths=v), NO_LENGTHS, "inverse_lengths"),
    (lambda v: full(sources=v), ["charges"], "sources must be one of .*; received 'charges'"),
    (lambda v: full(sources="species", num_species=v), [None], 'num_species must be given with sources="species"'),
    (lambda v: full(sources=v, neutral=True), [None], "sources must be given with neutral=True"),
    (lambda v: full(sources=v, long_range_features=False), [None], "sources must be given with long_range_features"),
    *((lambda v, name=name: full(**{name: v}), [None, "no"], name) for name in ("neutral", "long_range_features")),
    (
        lambda v: full(sources="given", source_channels=v, multiplier=FreeMultiplier(2, in_channels=3)),
        [3],
        "source_channels must be 1 or 2, the channels of the multiplier; received 3",
    ),
    (
        lambda v: full(sources="given", source_channels=v, multiplier=FreeMultiplier(2, in_channels=3)),
        [1, 2],
        "source_channels must be 3, the in_channels of the multiplier",
    ),
    *(
        (lambda v, sources=sources: full(sources=sources, source_channels=v), NO_COUNTS, "source_channels must be a")
        for sources in (None, "given", "latent")
    ),
    *(
        (
            lambda v, sources=sources: full(sources=sources, source_channels=v),
            [3],
            "source_channels must be 1 or 2, the",
        )
        for sources in ("given", "latent")
    ),
    (
        lambda v: full(sources="given", source_channels=v, multiplier=GradientMultiplier(GaussianMultiplier(2))),
        [2],
        "source_channels must be 1, the channels of the multiplier",
    ),
    (lambda v: full(multiplier=v), ["coulomb"], "multiplier must be a FourierMultiplier"),
    (lambda v: operator(num_points=v), COUNTS, "num_points"),
    (lambda v: operator(dim=v), [4, None], "dim must be 1, 2 or 3"),
    (lambda v: operator(box_length=v), [None, 0.0, (2.0, 3.0)], "box_length"),
    (lambda v: operator(num_modes=v), [0, (3, 3)], "num_modes must"),
    (lambda v: operator(num_modes=v, dim=2), [8, (5, 4)], "num_modes must be odd; received"),
    *((lambda v, name=name: operator(**{name: v}), NO_COUNTS, name) for name in ("width", "depth")),
    *((lambda v, name=name: operator(**{name: v}), NO_COUNTS, name) for name in ("in_channels", "out_channels")),
    (lambda v: operator(activation=v), ["nonsense"], "activation"),
    (lambda v: operator(method=v), ["fast"], "method must be one of"),
]
FORCE_FIELDS = [
    (ForceField, [None, "model", ForceField], "energy_model must be a keras.Model"),
    (lambda v: ForceField(SHORT, num_species=v), COUNTS, "num_species"),
    (lambda v: ForceField(SHORT, num_species=v), [2], "num_species must be 1 for an energy model without"),
    (lambda v: reference_energies(v, np.zeros(2)), [None, INPUTS["positions"], {}], "inputs must be a dict with"),
    (lambda v: ForceField(SHORT).fit_reference_energies(INPUTS, np.zeros(2), v), NO_COUNTS, "batch_size"),
    (lambda v: ForceField(SHORT, scale=v), [0, -1, np.nan, np.inf], "scale must be a positive finite number"),
    (
        lambda v: ForceField(SHORT, stress=v),
        [True],
        "stress must be False for an energy model without the input 'cell'",
    ),
    (
        lambda v: reference_energies(INPUTS, v),
        [np.zeros(3)],
        r"energies must have shape \(2,\), one for each snapshot; received \(3,\)",
    ),
    (lambda v: reference_energies(INPUTS, v), [np.array([0.0, np.nan])], "energies must be finite, and at least one"),
    (lambda v: reference_energies(forces_alone(v)), [INPUTS], r"inputs .*'energy'; received \['forces'\]"),
]


@rows([*BUILDERS, *FORCE_FIELDS])
def test_refused(call, arguments, pattern):
    check_row(call, arguments, pattern)


def test_export(tmp_path):
    """Nothing is written, and a folder that is no SavedModel stays."""
    field, free, folder = ForceField(SHORT), tmp_path / "model", tmp_path / "thesis"
    folder.mkdir()
    errors = (ValueError, OSError)
    for call, argument, pattern in [
        (lambda v: export_saved_model(v, free), SHORT, "force_field must be a ForceField; received <"),
        (lambda v: export_saved_model(field, v), tmp_path / "nowhere" / "model", "path must be in a folder that"),
        *((lambda v: export_saved_model(field, v), v, "path must be the name of a file") for v in (None, 5, "")),
        (lambda v: export_saved_model(field, v, overwrite=True), folder, "path must be free or .* received '.*thesis'"),
        (lambda v: export_saved_model(field, free, overwrite=v), "yes", "overwrite must be True or False"),
        (
            lambda v: export_saved_model(field, free, input_signature=v),
            tf.TensorSpec((1, 4, 1)),
            "input_signature must be a dict of tf.TensorSpec",
        ),
        (
            lambda v: export_saved_model(ForceField(v), free),
            Quadratic(dtype="float64"),
            "input_signature must be given for an energy model that is not a functional",
        ),
    ]:
        check_row(call, [argument], pattern, errors)
    assert list(tmp_path.iterdir()) == [folder]


def test_refused_energies_assign_nothing():
    field = ForceField(SHORT)
    check_row(lambda v: field.fit_reference_energies(INPUTS, v), [np.array([0.0, np.nan])], "energies")
    assert field.reference_energies.numpy() == 0
