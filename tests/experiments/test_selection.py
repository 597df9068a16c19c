"""`--only` and `--task`."""

import pytest

from experiments.paper.one_dimension import FIGURE7, TABLE1, TABLE2
from experiments.paper.two_dimensions import FIGURE8
from experiments.running.options import UsageError
from experiments.running.selection import select, share


def names(cells):
    return [cell.name for cell in cells]


def test_only_some_labels():
    cells = TABLE1.cells("quick")
    assert names(select(cells, ["mu=0.50,2", "network=full"])) == ["mu0.5_full_seed0", "mu2_full_seed0"]
    assert select(cells, []) == cells
    assert names(select(TABLE2.cells("quick"), ["modes=none,63"])) == ["modesnone_seed0", "modes63_seed0"]
    both = [*cells, *TABLE2.cells("quick")]
    assert names(select(both, ["modes=63"])) == ["modes63_seed0"]  # Table 1 has no such label


@pytest.mark.parametrize(
    ("only", "message"),
    [
        (["mu"], r"expected KEY=VALUE\[,VALUE...\], for example mu=0.5,2; received 'mu'"),
        (["mu="], "expected KEY=VALUE"),
        (["mu=0.5,"], "expected KEY=VALUE"),
        (["nu=1"], "no cell has a label 'nu'; received 'nu=1', labels are mu, network"),
        (["mu=0.5,3"], "no cell has mu = 3; its values are 0.5, 1, 2, 5, 10"),
        (["network=1"], "no cell has network = 1; its values are short, full"),
        (["mu=nan"], "no cell has mu = nan"),
    ],
)
def test_only_what_there_is(only, message):
    with pytest.raises(UsageError, match=message):
        select(TABLE1.cells("quick"), only)


def test_labels_that_no_cell_has_together():
    with pytest.raises(UsageError, match="no cell has all of mu=0.5, modes=63 together"):
        select([*TABLE1.cells("quick"), *TABLE2.cells("quick")], ["mu=0.5", "modes=63"])


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_shares_are_disjoint_and_complete(count):
    cells = [*FIGURE7.cells("quick", seeds=(0, 1)), *FIGURE8.cells("quick"), *TABLE1.cells("quick")]
    shares = [share(cells, index, count) for index in range(1, count + 1)]
    assert sorted(cell.title for own in shares for cell in own) == sorted(cell.title for cell in cells)
    trained_in = {}
    for index, own in enumerate(shares):
        for small in {cell.small_phase.title for cell in own if cell.small_phase}:
            assert trained_in.setdefault(small, index) == index  # a small phase belongs to one share
