"""Cells that change, stress, species, sources and clouds of several sizes, each against what it must equal."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.layers import GaussianMultiplier
from lrc_keras.models import ForceField
from lrc_keras.ops import neighbor_list
from tests.models.clouds import CUTOFF, make_cloud, make_model, random_cells


def numerical_stress(force_field, inputs, step=1e-5):
    """(1/V) ∂U/∂ε by central differences, to step² times third derivatives and rounding of 1e-16/step.

    The clouds under every strain are one batch.
    """
    dim, clouds = inputs["positions"].shape[-1], len(inputs["positions"])
    strains = np.zeros((dim, dim, dim, dim))
    for a, b in np.ndindex(dim, dim):
        strains[a, b, a, b] += step / 2
        strains[a, b, b, a] += step / 2
    strains = np.stack([strains, -strains], axis=2)
    changes = np.repeat(np.eye(dim) + strains.reshape(-1, dim, dim), clouds, axis=0)
    batch = {name: np.tile(values, (dim * dim * 2, *[1] * (np.ndim(values) - 1))) for name, values in inputs.items()}
    batch |= {name: batch[name] @ changes for name in ("positions", "cell")}
    energies = force_field(batch)["energy"].numpy().reshape(dim, dim, 2, clouds)
    stress = np.moveaxis(energies[:, :, 0] - energies[:, :, 1], -1, 0) / (2 * step)
    return stress / np.abs(np.linalg.det(inputs["cell"]))[:, None, None]


CHARGES = {"neutral": True, "long_range_features": False}
# What the options change does not see the dimension, but for the lists: two of them are enough for one and two.
OPTIONS = [
    {"half_list": True, "cell_images": True, "sources": "latent"},
    {"num_species": 2},
    {"network": "short"},
    {},
    {"sources": "given"},
    {"sources": "species", "num_species": 3},
    {"sources": "latent", "num_species": 2},
    {"num_species": 2, "sources": "latent", **CHARGES},
]


@pytest.mark.parametrize(
    ("dim", "options"),
    [*((3, options) for options in OPTIONS), *((dim, options) for dim in (1, 2) for options in OPTIONS[:2])],
    ids=str,
)
def test_stress_and_forces_are_derivatives_of_the_energy(dim, options, rng):
    force_field = make_model(dim, **options)
    inputs = make_cloud(
        rng,
        dim,
        num_species=options.get("num_species"),
        sources=options.get("sources") == "given",
        half=options.get("half_list", False),
        images=options.get("cell_images", False),
    )
    output = force_field(inputs)
    stress = output["stress"].numpy()
    expected = numerical_stress(force_field, inputs)
    np.testing.assert_allclose(stress, expected, rtol=0, atol=1e-6 * np.max(np.abs(expected)))
    np.testing.assert_array_equal(stress, np.swapaxes(stress, 1, 2))
    assert np.max(np.abs(expected)) > 1e-5  # 8 points in a volume of 64 have few neighbours

    direction = rng.normal(size=inputs["positions"].shape)
    above, below = (
        force_field({**inputs, "positions": inputs["positions"] + step * direction})["energy"].numpy()
        for step in (1e-5, -1e-5)
    )
    slopes = np.sum(output["forces"] * direction, axis=(1, 2))
    np.testing.assert_allclose(slopes, (below - above) / 2e-5, rtol=0, atol=1e-6 * np.max(np.abs(slopes)))


def test_sign_of_the_stress():
    """Points that repel each other push outwards: the pressure −tr σ/d is positive, as ASE has it."""
    positions = keras.Input((2, 1), name="positions", dtype="float64")
    cell = keras.Input((1, 1), name="cell", dtype="float64")
    distance = keras.ops.abs(positions[:, 0, 0] - positions[:, 1, 0])
    force_field = ForceField(keras.Model({"positions": positions, "cell": cell}, 1 / distance), stress=True)
    output = force_field({"positions": np.array([[[0.0], [2.0]]]), "cell": np.array([[[8.0]]])})
    assert float(output["stress"][0, 0, 0]) == pytest.approx(-1 / 2 / 8)  # dU/dε = −1/distance


def smooth_kernel():
    return GaussianMultiplier(2, (0.5, 1.0), dtype="float64")


@pytest.mark.parametrize("network", ["short", "full"])
@pytest.mark.parametrize("dim", [2, 3])
def test_a_fixed_cell_is_a_cell_that_is_given(network, dim, rng):
    """A matrix in the builder, the same matrix as an input, and the same lattice in another basis."""
    cell = random_cells(rng, 1, dim)
    inputs = make_cloud(rng, dim, count=1, cells=cell)
    options = {"network": network} if network == "short" else {"network": network, "multiplier": smooth_kernel()}
    given, fixed = make_model(dim, **options), make_model(dim, box_length=cell[0], stress=False, **options)
    fixed.set_weights(given.get_weights())
    expected, output = given(inputs), fixed({name: inputs[name] for name in ("positions", "neighbors")})
    for name in ("energy", "forces"):
        np.testing.assert_allclose(output[name], expected[name], rtol=1e-9, atol=1e-9)
    if network == "short":  # modes of a grid belong to a basis
        cell = np.tril(np.ones((dim, dim))) @ cell
        lists = dict(
            zip(("neighbors", "images"), neighbor_list(inputs["positions"], cell, CUTOFF, images=True), strict=True)
        )
        images = make_model(dim, network, cell_images=True)
        images.set_weights(given.get_weights())
        again = images({**inputs, **lists, "cell": cell})
        np.testing.assert_allclose(again["forces"], expected["forces"], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(again["stress"], expected["stress"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("sources", "charges"),
    [(None, {}), *((sources, charges) for sources in ("species", "latent", "given") for charges in ({}, CHARGES))],
    ids=str,
)
def test_a_small_cell_is_a_large_one_repeated(sources, charges, rng):
    """Cells shorter than the cutoff: twice the cell in every direction holds eight times the energy."""
    cell = 1.1 * np.eye(3)[None] + rng.uniform(-0.1, 0.1, (1, 3, 3))
    inputs = make_cloud(rng, count=1, num_points=3, cells=cell, num_species=2, sources=sources == "given", images=True)
    shifts = np.stack(np.meshgrid(*[[0, 1]] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    repeated = {
        "positions": np.concatenate([inputs["positions"] + shift @ cell[0] for shift in shifts], axis=1),
        "cell": 2 * cell,
        **{
            name: np.tile(inputs[name], (1, 8, 1)[: inputs[name].ndim])
            for name in ("species", "sources")
            if name in inputs
        },
    }
    lists = neighbor_list(repeated["positions"], repeated["cell"], CUTOFF, images=True)
    repeated |= dict(zip(("neighbors", "images"), lists, strict=True))
    # the same wavenumbers: 3 modes of the small cell are every other of 5 of the large one, and the rest are silent
    options = {"num_species": 2, "cell_images": True, "sources": sources, **charges}
    fields = [make_model(num_modes=modes, **options) for modes in (3, 5)]
    fields[1].set_weights(fields[0].get_weights())
    small, large = fields[0](inputs), fields[1](repeated)
    np.testing.assert_allclose(large["energy"], 8 * small["energy"], rtol=1e-8)
    np.testing.assert_allclose(large["forces"], np.tile(small["forces"], (1, 8, 1)), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(large["stress"], small["stress"], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("sources", "half", "num_species"),
    [("short", False, 2), ("short", True, 1), (None, True, 2), (None, False, 1)]
    + [("given", True, 2), ("species", False, 2), ("latent", True, 2), ("latent", False, 2)],
)
def test_a_padded_batch_is_its_clouds_one_by_one(sources, half, num_species, rng):
    """Clouds of 3, 5 and 8 particles in one batch, padded with −1 and with positions and sources of no meaning."""
    sizes, cells = (3, 5, 8), random_cells(rng, 3, 3)
    network = {"network": "short"} if sources == "short" else {"sources": sources}
    force_field = make_model(num_species=num_species, half_list=half, per_particle=True, **network)
    force_field.reference_energies.assign([3.0, -7.0][:num_species])
    positions = rng.uniform(0, 1, (3, 8, 3)) @ cells
    species = rng.integers(0, num_species, (3, 8)).astype("int32")
    for row, size in enumerate(sizes):
        species[row, size:] = -1
        positions[row, size:] = 17.0
    batch = {
        "positions": positions,
        "cell": cells,
        "species": species,
        "neighbors": neighbor_list(positions, cells, CUTOFF, half=half, species=species),
    }
    if sources == "given":
        batch["sources"] = rng.normal(size=(3, 8, 1))
    together = force_field(batch)
    for row, size in enumerate(sizes):
        part = {name: values[row : row + 1, :size] for name, values in batch.items() if name != "cell"}
        alone = force_field({**part, "cell": cells[row : row + 1]})
        for name in ("energy", "stress"):
            np.testing.assert_allclose(together[name][row], alone[name][0], rtol=1e-10, atol=1e-10)
        for name in ("forces", "particle_energies"):
            np.testing.assert_allclose(together[name][row, :size], alone[name][0], rtol=1e-10, atol=1e-10)
            np.testing.assert_array_equal(together[name][row, size:], 0)
    if num_species == 1:  # 2 for each real particle
        energies = together["energy"].numpy() + 2 * np.array(sizes)
        np.testing.assert_allclose(force_field.fit_reference_energies(batch, energies), [5.0], rtol=1e-9)


def test_species_are_seen(rng):
    """An exchange of two kinds changes the energy, by the short range and by the charges; renumbering does not."""
    charges = {"sources": "latent", **CHARGES}
    for options in ({"network": "short"}, {"sources": "species"}, {"sources": "latent"}, charges):
        force_field = make_model(num_species=2, **options)
        inputs = make_cloud(rng, count=1, num_species=2)
        energy = float(force_field(inputs)["energy"][0])
        assert abs(float(force_field({**inputs, "species": 1 - inputs["species"]})["energy"][0]) - energy) > 1e-3
        order = rng.permutation(8)
        moved = {name: values[:, order] for name, values in inputs.items() if name in ("positions", "species")}
        moved["neighbors"] = neighbor_list(moved["positions"], inputs["cell"], CUTOFF)
        assert float(force_field({**inputs, **moved})["energy"][0]) == pytest.approx(energy, rel=1e-9)


def test_no_compile_for_a_new_cell_or_a_new_size_of_a_seen_padding(rng):
    """One trace, and one compilation by XLA, for all clouds that are padded to the same shape."""
    force_field = make_model(num_species=2, num_modes=5)
    traces = []

    @tf.function(jit_compile=True, autograph=False)
    def compute(inputs):
        traces.append(1)
        return force_field(inputs)

    for real in (8, 5, 3):
        inputs = make_cloud(rng, count=1, num_species=2)
        inputs["species"][:, real:] = -1
        inputs["neighbors"] = neighbor_list(
            inputs["positions"], inputs["cell"], CUTOFF, max_neighbors=8, species=inputs["species"]
        )
        compiled, eager = compute(inputs), force_field(inputs)
        for name, values in eager.items():
            np.testing.assert_allclose(compiled[name], values, rtol=1e-9, atol=1e-9)
    assert len(traces) == 1
