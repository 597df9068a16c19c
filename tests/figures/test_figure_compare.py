"""Two folders of records: which cells disagree by more than the spread over the seeds."""

import math
import shutil

import pytest

from experiments.records import RecordError
from figures.__main__ import main
from figures.compare import UNKNOWN_SPREAD, compare, pooled_deviation


@pytest.fixture
def folders(write_record, tmp_path):
    """Two sets of Table 1, two seeds a cell, 10 % to either side of their mean. One cell of B is three times A's.

    A has one cell more.
    """
    results, folders = tmp_path / "results", []
    for name, factor in (("a", 1.0), ("b", 3.0)):
        for mu, error in ((0.5, 0.01), (2.0, 0.001 * factor), (5.0, 0.0001)):
            for seed, side in ((0, 1.1), (1, 1 / 1.1)):
                write_record(mu=mu, seed=seed, error=error * side)
        if name == "a":
            write_record(mu=10.0)
        folders.append(shutil.move(results, tmp_path / name))
    return folders


def test_cells_that_disagree(folders):
    compared, alone = compare(*folders)
    assert alone == (1, 0)
    rows = {cell: (one, two, apart) for _, _, cell, one, two, apart in compared}
    assert [cell for cell, (_, _, apart) in rows.items() if apart] == ["full mu=2"]
    one, two, _ = rows["full mu=2"]
    assert (one, two) == (pytest.approx(0.001), pytest.approx(0.003))  # geometric means


def test_the_command(folders, capsys):
    command = ["compare", "--records", *map(str, folders)]
    assert main(command) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "1 of 3 cells disagree; 1 only in A"
    assert next(line for line in lines if "mu=2" in line).split()[-2:] == ["3.00", "disagree"]
    assert main(["compare", "--records", str(folders[0]), str(folders[0])]) == 0


def test_a_single_seed_has_no_spread_of_its_own(write_record, tmp_path):
    folders = []
    for name, error in (("a", 0.01), ("b", 0.05), ("c", 0.06)):  # three standard errors are a factor of 1.5^(3√2) = 5.6
        write_record(error=error)
        folders.append(shutil.move(tmp_path / "results", tmp_path / name))
    assert [row[-1] for row in compare(folders[0], folders[1])[0]] == [False]
    assert [row[-1] for row in compare(folders[0], folders[2])[0]] == [True]


def test_with_three_seeds_a_cell_has_a_spread_of_its_own(write_record, tmp_path):
    """The seeds of one cell are within 1 %, those of the other a factor of two apart."""
    folders = []
    for name, factor in (("a", 1.0), ("b", 1.7)):
        for seed, power in enumerate((-1, 0, 1)):
            write_record(mu=0.5, seed=seed, error=0.01 * factor * 1.01**power)
            write_record(mu=2.0, seed=seed, error=0.01 * factor * 2.0**power)
        folders.append(shutil.move(tmp_path / "results", tmp_path / name))
    assert [(row[2], row[-1]) for row in compare(*folders)[0]] == [("full mu=0.5", True), ("full mu=2", False)]


def test_a_zero_is_left_out_of_the_mean(write_record, tmp_path):
    """A λ may end at zero: for all seeds of A, and one of B."""
    folders = []
    for name, lengths in (("a", (0.0, 0.0)), ("b", (0.0, 0.9)), ("c", (0.0, 0.8))):
        for seed, length in enumerate(lengths):
            moments = {"initial": [1.0, 1.0], "final": [5.0 + seed, length]}
            write_record(item="table2", cell={"modes": 63}, seed=seed, multiplier={"inverse_length": moments})
        folders.append(shutil.move(tmp_path / "results", tmp_path / name))
    (row,) = (row for row in compare(folders[0], folders[1])[0] if row[2] == "lambda2 modes=63")
    assert math.isnan(row[3]) and row[4] == pytest.approx(0.9) and row[-1]
    (row,) = (row for row in compare(folders[1], folders[2])[0] if row[2] == "lambda2 modes=63")
    assert row[3:] == (pytest.approx(0.9), pytest.approx(0.8), False)


def test_rounding_is_no_disagreement(write_record, tmp_path):
    """Equal values of all seeds have no spread, as those of λ that is fitted and kept."""
    folders = []
    for name, factor in (("a", 1.0), ("b", 1 + 1e-6), ("c", 1.1)):
        for seed in (0, 1):
            write_record(seed=seed, error=0.01 * factor)
        folders.append(shutil.move(tmp_path / "results", tmp_path / name))
    assert [row[-1] for row in compare(folders[0], folders[1])[0]] == [False]
    assert [row[-1] for row in compare(folders[0], folders[2])[0]] == [True]


def test_pooled_deviation():
    # by hand: (2 · 1 + 1 · 2) / 3
    assert pooled_deviation([[1.0, 2.0, 3.0], [0.0, 2.0], [7.0]]) == pytest.approx(math.sqrt(4 / 3))
    assert pooled_deviation([[1.0], [2.0]]) == UNKNOWN_SPREAD


def test_nothing_in_common(folders, tmp_path):
    with pytest.raises(RecordError, match="no cell of the same item and preset in common"):
        compare(folders[0], tmp_path / "nowhere")
