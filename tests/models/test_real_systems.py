"""Cells that change, stress, species, sources and clouds of several sizes, each against what it must equal."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.layers import GaussianMultiplier
from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.ops import neighbor_list
from lrc_keras.training import ParticleEnergyLoss

CUTOFF = 1.2


def random_cells(rng, count, dim):
    """Cells at least 2R high, far from orthogonal."""
    return 4 * np.eye(dim) + rng.uniform(-0.8, 0.8, (count, dim, dim))


def make_cloud(rng, dim=3, count=2, num_points=8, num_species=None, cells=None, sources=False, **lists):
    """Inputs of a model whose snapshots bring their own cells."""
    cells = random_cells(rng, count, dim) if cells is None else cells
    side = round(np.ceil(num_points ** (1 / dim)))
    low, high = (0.2, 0.8) if dim == 1 else (0.0, 1.0)  # on a line most are neighbours; close ones have large slopes
    sites = np.stack(np.meshgrid(*[np.arange(side)] * dim, indexing="ij"), axis=-1).reshape(-1, dim)[:num_points]
    fractions = (sites + rng.uniform(low, high, (count, num_points, dim))) / side
    positions = (fractions + rng.integers(-1, 2, fractions.shape)) @ cells
    neighbors = neighbor_list(positions, cells, CUTOFF, **lists)
    inputs = {"positions": positions, "cell": cells}
    inputs |= dict(zip(("neighbors", "images"), neighbors if lists.get("images") else (neighbors,), strict=False))
    if num_species:
        inputs["species"] = rng.integers(0, num_species, (count, num_points)).astype("int32")
    if sources:
        inputs["sources"] = rng.normal(size=(count, num_points, 1))
    return inputs


def make_model(dim=3, network="full", num_modes=7, box_length=None, scale=1.3, stress=True, **options):
    """A float64 field with weights of some size; its forces do not jump at the cutoff."""
    keras.utils.set_random_seed(3)
    options = {"smooth_cutoff": True, "dtype": "float64", **options}
    if network == "short":
        model = build_short_range_model(None, dim, box_length, CUTOFF, **options)
    else:
        options.setdefault("tolerance", 1e-11)
        if box_length is not None:
            options["subtract_self"] = False  # as where cells are inputs
        model = build_full_range_model(None, dim, box_length, CUTOFF, num_modes, **options)
    return ForceField(model, scale=scale, stress=stress)


def strained(inputs, strain):
    change = np.eye(len(strain)) + strain
    return {**inputs, "positions": inputs["positions"] @ change, "cell": inputs["cell"] @ change}


def numerical_stress(force_field, inputs, step=1e-5):
    """(1/V) ∂U/∂ε by central differences, to step² times third derivatives and rounding of 1e-16/step."""
    dim = inputs["positions"].shape[-1]
    stress = np.zeros((len(inputs["positions"]), dim, dim))
    for a, b in np.ndindex(dim, dim):
        strain = np.zeros((dim, dim))
        strain[a, b] += step / 2
        strain[b, a] += step / 2
        above, below = (force_field(strained(inputs, sign * strain))["energy"].numpy() for sign in (1, -1))
        stress[:, a, b] = (above - below) / (2 * step)
    return stress / np.abs(np.linalg.det(inputs["cell"]))[:, None, None]


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize(
    "options",
    [
        {"network": "short"},
        {},
        {"num_species": 2},
        {"sources": "given"},
        {"sources": "species", "num_species": 3},
        {"sources": "latent", "num_species": 2},
        {"half_list": True, "cell_images": True, "sources": "latent"},
        {"num_species": 2, "sources": "latent", "neutral": True, "long_range_features": False},
    ],
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


@pytest.mark.parametrize("charges", [{}, {"neutral": True, "long_range_features": False}])
@pytest.mark.parametrize("sources", [None, "species", "latent", "given"])
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
    options = {"num_species": 2, "cell_images": True, "sources": sources, **(charges if sources else {})}
    fields = [make_model(num_modes=modes, **options) for modes in (3, 5)]
    fields[1].set_weights(fields[0].get_weights())
    small, large = fields[0](inputs), fields[1](repeated)
    np.testing.assert_allclose(large["energy"], 8 * small["energy"], rtol=1e-8)
    np.testing.assert_allclose(large["forces"], np.tile(small["forces"], (1, 8, 1)), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(large["stress"], small["stress"], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("network", ["short", "full"])
@pytest.mark.parametrize("half", [False, True])
def test_a_padded_batch_is_its_clouds_one_by_one(network, half, rng):
    """Clouds of 3, 5 and 8 particles in one batch, padded with −1 and with positions of no meaning."""
    sizes, cells = (3, 5, 8), random_cells(rng, 3, 3)
    options = {"num_species": 2, "half_list": half, "per_particle": True}
    force_field = make_model(network=network, **options, **({"sources": "latent"} if network == "full" else {}))
    force_field.reference_energies.assign([3.0, -7.0])
    positions = rng.uniform(0, 1, (3, 8, 3)) @ cells
    species = rng.integers(0, 2, (3, 8)).astype("int32")
    for row, size in enumerate(sizes):
        species[row, size:] = -1
        positions[row, size:] = 17.0
    batch = {
        "positions": positions,
        "cell": cells,
        "species": species,
        "neighbors": neighbor_list(positions, cells, CUTOFF, half=half, species=species),
    }
    together = force_field(batch)
    for row, size in enumerate(sizes):
        part = {name: values[row : row + 1, :size] for name, values in batch.items() if name != "cell"}
        alone = force_field({**part, "cell": cells[row : row + 1]})
        for name in ("energy", "stress"):
            np.testing.assert_allclose(together[name][row], alone[name][0], rtol=1e-10, atol=1e-10)
        for name in ("forces", "particle_energies"):
            np.testing.assert_allclose(together[name][row, :size], alone[name][0], rtol=1e-10, atol=1e-10)
            np.testing.assert_array_equal(together[name][row, size:], 0)


def test_species_are_seen(rng):
    """An exchange of two kinds changes the energy, by the short range and by the charges; renumbering does not."""
    charges = {"sources": "latent", "neutral": True, "long_range_features": False}
    for options in ({"network": "short"}, {"sources": "species"}, {"sources": "latent"}, charges):
        force_field = make_model(num_species=2, **options)
        inputs = make_cloud(rng, count=1, num_species=2)
        energy = float(force_field(inputs)["energy"][0])
        assert abs(float(force_field({**inputs, "species": 1 - inputs["species"]})["energy"][0]) - energy) > 1e-3
        order = rng.permutation(8)
        moved = {name: values[:, order] for name, values in inputs.items() if name in ("positions", "species")}
        moved["neighbors"] = neighbor_list(moved["positions"], inputs["cell"], CUTOFF)
        assert float(force_field({**inputs, **moved})["energy"][0]) == pytest.approx(energy, rel=1e-9)


def test_reference_energies(rng):
    """Large energies of free particles, found from clouds of several compositions, and float32 keeps what is left."""
    inputs = make_cloud(rng, count=12, num_species=3)
    field = make_model(network="short", num_species=3, dtype="float32", stress=False)
    inputs = {
        name: values.astype("float32") if values.dtype == "float64" else values for name, values in inputs.items()
    }
    own = field(inputs)["energy"].numpy()
    free = np.array([-1e6, -3e5, 20.0])
    counts = np.stack([(inputs["species"] == kind).sum(axis=1) for kind in range(3)], axis=1)
    found = field.fit_reference_energies(inputs, own + counts @ free)
    np.testing.assert_allclose(found, free, rtol=0, atol=1e-6)
    # a float32 energy of −5e6 has steps of 0.5
    np.testing.assert_allclose(field(inputs)["energy"] - counts @ free, own, rtol=0, atol=1e-6)
    assert field(inputs)["energy"].dtype == "float64"


def test_the_scale_is_a_weight(rng, tmp_path):
    """Restored with the others, and a later change is seen by what is compiled already."""
    inputs = make_cloud(rng)
    three, one = make_model(scale=3.0), make_model(scale=1.0)
    three.save_weights(tmp_path / "field.weights.h5")
    one.load_weights(tmp_path / "field.weights.h5")
    assert one.scale == 3.0
    batches = tf.data.Dataset.from_tensors((inputs,))  # of arrays Keras would make float32 ones
    before = one.predict(batches, verbose=0)["forces"]
    np.testing.assert_allclose(before, three(inputs)["forces"], rtol=1e-9, atol=1e-9)
    one.scale = 6.0
    np.testing.assert_allclose(one.predict(batches, verbose=0)["forces"], 2 * before, rtol=1e-9, atol=1e-9)


def test_an_energy_in_a_column_is_one_energy(rng):
    """(B, 1) with six points: one number a cloud, to which six reference energies are added."""
    positions = keras.Input((6, 1), name="positions", dtype="float64")
    energy = keras.ops.sum(keras.ops.square(positions), axis=1)
    force_field = ForceField(keras.Model({"positions": positions}, energy))
    inputs = {"positions": rng.normal(size=(4, 6, 1))}
    own = force_field(inputs)["energy"].numpy()
    assert own.shape == (4,) and "particle_energies" not in force_field(inputs)
    assert force_field.fit_reference_energies(inputs, own + 12) == pytest.approx(2.0)
    np.testing.assert_allclose(force_field(inputs)["energy"], own + 12)


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


def test_local_potentials_are_a_target(rng):
    """Section 3.1 names them as outputs: U_i of every particle, trained beside the forces or alone."""
    field = make_model(network="short", per_particle=True, stress=False)
    inputs = make_cloud(rng, count=4)
    potentials = 0.5 * np.sum(inputs["neighbors"] >= 0, axis=-1)  # how many neighbours there are
    targets = {"particle_energies": potentials, "forces": 0 * inputs["positions"]}
    batches = tf.data.Dataset.from_tensors((inputs, targets))
    field.compile(keras.optimizers.Adam(1e-2), {"particle_energies": ParticleEnergyLoss()}, jit_compile=False)
    losses = field.fit(batches, epochs=20, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]
    expected = np.mean(np.sum((field(inputs)["particle_energies"] - targets["particle_energies"]) ** 2, axis=1))
    assert field.evaluate(batches, verbose=0) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("num_species", [None, 2])
def test_neutral_sources_have_the_sum_zero_in_every_cloud(num_species, rng):
    """Clouds of 8 particles and, with species, of 5: padding has no charge and no share in the mean."""
    model = build_full_range_model(
        None, 2, None, CUTOFF, 5, num_species=num_species, sources="latent", neutral=True, dtype="float64"
    )
    inputs = make_cloud(rng, dim=2, num_species=num_species)
    if num_species:
        inputs["species"][1, 5:] = -1
        inputs["neighbors"] = neighbor_list(inputs["positions"], inputs["cell"], CUTOFF, species=inputs["species"])
    names = ("charges", "neutral_charges")
    outputs = [model.get_layer(name).output for name in names]
    before, after = (np.asarray(values)[..., 0] for values in keras.Model(model.inputs, outputs)(inputs))
    np.testing.assert_allclose(after.sum(axis=1), 0, atol=1e-13)
    real = inputs["species"] >= 0 if num_species else np.ones((2, 8), bool)
    assert np.all(after[~real] == 0)
    for row in range(2):  # nothing but a constant is taken away
        assert np.ptp((before - after)[row, real[row]]) < 1e-13
    assert np.max(np.abs(after)) > 1e-3


def test_without_long_range_features_the_far_force_is_a_product_of_charges(rng):
    """Two particles beyond R. With charges 1 and 1, 2 and 1, 2 and 3 the force is once, twice, six times the first.

    With features F would add a force of its own.
    """
    kernel = {"multiplier": GaussianMultiplier(1, (1.0,), dtype="float64"), "num_modes": 21}
    force_field = make_model(1, sources="given", long_range_features=False, stress=False, **kernel)
    assert "long_range_pyramid" not in [layer.name for layer in force_field.energy_model.layers]
    inputs = {
        "positions": np.tile([[[0.0], [2.0]]], (3, 1, 1)),
        "neighbors": np.full((3, 2, 1), -1, np.int32),
        "cell": np.full((3, 1, 1), 7.0),
        "sources": np.array([[[1.0], [1.0]], [[2.0], [1.0]], [[2.0], [3.0]]]),
    }
    forces = force_field(inputs)["forces"][:, 0, 0].numpy()
    assert abs(forces[0]) > 1e-3
    np.testing.assert_allclose(forces / forces[0], [1, 2, 6], rtol=1e-10)
