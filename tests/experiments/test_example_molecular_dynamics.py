import numpy as np
import pytest

pytest.importorskip("ase")

from experiments.examples import molecular_dynamics


@pytest.mark.slow  # half a minute
def test_it_runs_and_draws(tmp_path, capsys):
    settings = molecular_dynamics.QUICK
    results = molecular_dynamics.main(["--quick", "--out", str(tmp_path)])
    assert (tmp_path / "molecular_dynamics.png").stat().st_size > 10_000
    assert "no two atoms closer than" in capsys.readouterr().out
    assert set(results) == set(molecular_dynamics.LOOKS)
    for result in results.values():
        for step, trajectory in result["runs"].items():
            assert trajectory["time"][-1] == pytest.approx(settings.duration)
            assert trajectory["temperature"][0] == pytest.approx(settings.start_temperature, rel=1e-12)
            assert len(trajectory["energy"]) == round(settings.duration / step) + 1

    def off(name, step):
        return molecular_dynamics.roughness(results[name]["runs"][step])

    # velocity Verlet: a quarter of the time step, a sixteenth of the error; nearly so for an untrained network
    assert off("true forces", 0.08) / off("true forces", 0.02) == pytest.approx(16, rel=0.2)
    assert off("smooth_cutoff", 0.08) / off("smooth_cutoff", 0.02) > 5
    # jumps of an untrained network do not shrink with the time step
    assert off("paper's cutoff", 0.02) > 10 * off("smooth_cutoff", 0.02)


def test_what_the_forces_do_not_account_for_are_jumps(tmp_path):
    """Pulled along, the energy less the work is constant but where a neighbour crosses R; with smooth_cutoff there too.

    The trapezoidal rule is off by h².
    """
    settings = molecular_dynamics.QUICK
    snapshots = molecular_dynamics.make_snapshots(2, 0, tmp_path)
    atoms = molecular_dynamics.start(snapshots.positions[0].astype(np.float64), 0.05, 0)
    largest = {}
    for smooth in (False, True):
        force_field = molecular_dynamics.make_force_field(settings, smooth, "float64")
        descriptor = force_field.energy_model.get_layer("short_range_descriptor")
        descriptor.adapt(snapshots.positions, snapshots.neighbors)
        calculator = molecular_dynamics.ForceFieldCalculator(force_field)
        path, missing, crossings = molecular_dynamics.pull(calculator, atoms, 0.2, 101)
        assert len(crossings) > 0
        steps = np.abs(np.diff(missing))
        crossed = np.isin(path[1:], crossings)
        largest[smooth] = (steps[crossed].max(), steps[~crossed].max())
    assert largest[False][0] > 100 * largest[False][1]
    assert largest[True][0] < 10 * largest[True][1]
