"""What a run learns and reports: errors of forces and energies, of one group of clouds or several."""

from dataclasses import replace

import numpy as np
import pytest

from lrc_keras.training import Recipe, Snapshots, Stage, evaluation_batches, named, train

ADAM = Recipe("adam", (Stage(3, 4), Stage(3, 8)), learning_rate=1e-2)


def test_a_large_test_is_made_in_parts(toy_snapshots, toy_force_field, monkeypatch):
    """20 clouds of 6 · 2 neighbours: 16 have 200 together. The largest batch, 8, may always be tested together."""
    curves = []
    for neighbors, most, expected in ((1000, 1024, 20), (200, 1024, 16), (30, 1024, 8), (1000, 10, 10)):
        sizes = []

        def batches(test, size, sizes=sizes):
            sizes.append(size)
            return evaluation_batches(test, size)

        monkeypatch.setattr("lrc_keras.training.loop.evaluation_batches", batches)
        monkeypatch.setattr("lrc_keras.training.loop.TEST_NEIGHBORS", neighbors)
        monkeypatch.setattr("lrc_keras.training.loop.MOST_TESTED", most)
        curves.append(train(toy_force_field(), ADAM, toy_snapshots, toy_snapshots, jit_compile=False)["test_error"])
        assert sizes == [expected]
    for curve in curves[1:]:
        np.testing.assert_allclose(curve, curves[0], rtol=1e-12)  # the same sums in another order


def test_particle_energies_fit_the_references(toy_snapshots, toy_force_field):
    """Otherwise the loss would be that of the constant, 100 for each particle."""
    particles = 100 + np.cos(toy_snapshots.positions[..., 0])
    energies = particles.sum(axis=1)
    snapshots = replace(toy_snapshots, energies=energies, particle_energies=particles)
    field = toy_force_field(per_particle=True)
    curve = train(field, replace(ADAM, particle_energy_weight=0.1), snapshots, snapshots, jit_compile=False)
    assert curve["loss"][0] < 100 and abs(float(field.reference_energies[0]) - 100) < 2
    inputs = {"positions": snapshots.positions, "neighbors": snapshots.neighbors}
    error = np.linalg.norm(field(inputs)["particle_energies"] - particles) / np.linalg.norm(particles)
    assert curve["test_particle_energy_error"][-1] == pytest.approx(error, rel=1e-9)


def test_groups_of_several_sizes(toy_snapshots, toy_force_field):
    """Errors of the test are those of all clouds together; energies count for each particle."""
    small = Snapshots(
        toy_snapshots.positions[:, :4],
        toy_snapshots.neighbors[:, :4],
        10 + np.cos(toy_snapshots.positions[:, :4]).sum(axis=(1, 2)),
        toy_snapshots.forces[:, :4],
    )
    groups, field = [toy_snapshots, small], toy_force_field()
    curve = train(field, replace(ADAM, energy_weight=0.1), groups, groups, reports=3, jit_compile=False)
    outputs = [field({"positions": group.positions, "neighbors": group.neighbors}) for group in groups]

    def norm(values):
        return np.sqrt(sum(np.sum(np.square(part)) for part in values))

    forces = [out["forces"] - group.forces for out, group in zip(outputs, groups, strict=True)]
    assert curve["test_error"][-1] == pytest.approx(norm(forces) / norm(group.forces for group in groups), rel=1e-9)
    energies = [np.abs(out["energy"] - group.energies).sum() for out, group in zip(outputs, groups, strict=True)]
    assert curve["test_energy_error"][-1] == pytest.approx(sum(energies) / (20 * 6 + 20 * 4), rel=1e-9)


def test_the_last_test_error_is_that_of_the_model(toy_snapshots, toy_force_field):
    """With an average: the table's number belongs to the weights that the caller gets."""
    force_field = toy_force_field()
    curve = train(force_field, replace(ADAM, average=0.8), toy_snapshots, toy_snapshots, jit_compile=False)
    inputs = {"positions": toy_snapshots.positions, "neighbors": toy_snapshots.neighbors}
    error = np.linalg.norm(force_field(inputs)["forces"] - toy_snapshots.forces) / np.linalg.norm(toy_snapshots.forces)
    # the same sums in another order; the metric is in float64, as the model is
    assert curve["test_error"][-1] == pytest.approx(error, rel=1e-12)


def test_energies_are_learned_with_a_weight(toy_snapshots, toy_force_field):
    """U = 10 + Σ cos x: the shift takes the constant, the loss the rest."""
    recipe = named("fast", stages=(Stage(100, 2),), learning_rate=3e-2, energy_weight=1.0)
    force_field = toy_force_field()
    curve = train(force_field, recipe, toy_snapshots, toy_snapshots, reports=5, jit_compile=False)
    # |U − Ū| per particle is 0.2; 8 units in 1000 steps come to 0.01, and to a tenth of the forces
    assert curve["test_energy_error"][-1] < 0.02 and curve["test_error"][-1] < 0.2
    assert abs(float(force_field.reference_energies[0])) > 0.5
