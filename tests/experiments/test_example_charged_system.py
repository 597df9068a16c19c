"""The ions example: its exact reference, the layer against it, its data, and the script itself."""

import numpy as np
import pytest

from experiments.examples import charged_system, ions
from experiments.examples.ewald import ewald_energies_and_forces
from lrc_keras.ops import neighbor_list

# Constants and their sources: tests/layers/test_physics_checks.py.
NACL, CSCL, WIGNER = 1.747564594633182, 1.762674773070988, -2.837297479480619


@pytest.mark.parametrize("smearing", [None, 0.3, 0.5])
def test_ewald_gives_madelung_constants(smearing):
    """Both sums are asked for 1e-12 of their largest term; sums of some hundred such terms miss ten times that."""
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(1, 8, 3)
    signs = np.where(corners[0].sum(axis=1) % 2, -1.0, 1.0)
    energies, forces = ewald_energies_and_forces(corners, signs, 2.0, smearing=smearing)
    assert energies[0] == pytest.approx(-4 * NACL, rel=1e-11)
    np.testing.assert_allclose(forces, 0, atol=1e-11)
    side = 2 / np.sqrt(3)
    energies, _ = ewald_energies_and_forces([[[0, 0, 0], [side / 2] * 3]], [1, -1], side, smearing=smearing)
    assert energies[0] == pytest.approx(-CSCL, rel=1e-11)
    energies, _ = ewald_energies_and_forces([[[0.3, 0, 0]]], [2.0], 3.0, smearing=smearing)  # a net charge
    assert energies[0] == pytest.approx(2 * WIGNER / 3.0, rel=1e-11)


def test_ewald_in_a_box_with_unequal_sides_does_not_depend_on_the_smearing(rng):
    sides = (2.0, 3.0, 4.5)
    positions, charges = rng.uniform(0, 1, (2, 7, 3)) * sides, rng.normal(size=7)
    results = [ewald_energies_and_forces(positions, charges, sides, smearing=smearing) for smearing in (0.3, 0.7)]
    largest = abs(results[0][1]).max()
    for first, second in zip(*results, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-11 * largest)


@pytest.mark.parametrize(
    "energies_and_forces",
    [lambda x: ewald_energies_and_forces(x, ions.CHARGES, ions.BOX_LENGTH), ions.repulsive_energies_and_forces],
    ids=["ewald", "repulsion"],
)
def test_reference_forces_are_derivatives(energies_and_forces):
    """Central differences of 1e-5: 1e-10 of third derivatives and 1e-14/1e-5 of rounding of an energy of ten."""
    positions = ions.sample_ions(1, seed=3)
    _, forces = energies_and_forces(positions)
    for i, axis in ((0, 0), (7, 1), (20, 2), (31, 0)):
        step = np.zeros_like(positions)
        step[0, i, axis] = 1e-5
        above, below = (energies_and_forces(positions + sign * step)[0][0] for sign in (1, -1))
        assert forces[0, i, axis] == pytest.approx(-(above - below) / 2e-5, abs=1e-8)
    np.testing.assert_allclose(forces.sum(axis=1), 0, atol=1e-11)


@pytest.mark.parametrize(("charges", "shape"), [(np.ones(3), (1, 2, 3)), (np.ones(2), (2, 3)), (np.ones(2), (1, 2, 2))])
def test_wrong_shapes_are_named(charges, shape):
    with pytest.raises(ValueError, match="must have shape"):
        ewald_energies_and_forces(np.zeros(shape), charges, 1.0)


def test_the_layer_and_near_pairs_are_ewald():
    """σ = L/16: erfc(8/√2) = 1e-15 is left beyond L/2, exp(−(33π/16)²/2) = 8e-10 beyond 33 modes, of which forces of
    order one see a tenth."""
    positions = ions.sample_ions(2, seed=5)
    box, charges = ions.BOX_LENGTH, ions.CHARGES
    exact_energies, exact_forces = ewald_energies_and_forces(positions, charges, box)
    energies, forces = charged_system.layer_energies_and_forces(positions, charges, box, box / 16, 33)
    np.testing.assert_allclose(energies, exact_energies, atol=1e-9)
    np.testing.assert_allclose(forces, exact_forces, atol=1e-9)
    assert abs(exact_forces).max() > 0.1


def test_more_modes_come_nearer_to_ewald():
    """σ = 0.75: what is beyond the last mode falls as exp(−(πσM/L)²/2), 45 times from M = 9 to 13."""
    (errors,) = charged_system.compare_with_ewald(charged_system.QUICK).values()
    assert errors[0] > 40 * errors[1] > 0


def test_snapshots_are_neutral_and_apart():
    snapshots = ions.make_snapshots(3, cutoff=3.0, seed=1)
    assert snapshots.positions.shape == snapshots.forces.shape == (3, ions.NUM_IONS, 3)
    assert np.all(snapshots.sources.sum(axis=1) == 0) and np.all(
        (snapshots.species == 1) == (snapshots.sources[..., 0] < 0)
    )
    assert np.all(neighbor_list(snapshots.positions, ions.BOX_LENGTH, ions.MIN_DISTANCE * (1 - 1e-6)) == -1)


def test_the_script_draws(tmp_path, capsys):
    assert charged_system.main(["--quick", "--out", str(tmp_path / "drawn")]) == 0
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["charged_system.pdf", "charged_system.png"]
    assert (tmp_path / "drawn" / "charged_system.png").read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    assert "short-range: relative force error" in printed and "long-range: relative force error" in printed
