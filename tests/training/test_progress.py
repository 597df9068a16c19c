import csv

import pytest

from lrc_keras.training import progress_line
from lrc_keras.training.fitting.reports import write_curve

LINE = {
    "step": 250,
    "snapshots": 2000,
    "loss": 1.25,
    "train_error": 0.02,
    "test_error": 0.0123,
    "learning_rate": 1e-3,
    "seconds": 60.0,
}


def test_progress_line():
    text = " 25 %  test error 0.01230  loss 1.250e+00  rate 1.0e-03  3.0 min left"
    assert progress_line(LINE, 8000) == text
    assert progress_line({**LINE, "total_snapshots": 8000}) == text
    assert progress_line({**LINE, "phase": "small", "test_energy_error": 0.5}, 2000) == (
        "small  100 %  test error 0.01230  energy error 5.00e-01  loss 1.250e+00  rate 1.0e-03  0 s left"
    )


@pytest.mark.parametrize(("seconds", "text"), [(59.0, "59 s"), (60.0, "1.0 min"), (7500.0, "2 h 05 min")])
def test_time_left(seconds, text):
    assert progress_line({**LINE, "seconds": seconds}, 4000).endswith(f"  {text} left")


def test_rows_have_all_digits_and_replace_the_file(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text("of another run\n")
    write_curve(path, {"step": [1, 2], "loss": [0.1 + 0.2, 1e-30]})
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(int(row["step"]), float(row["loss"])) for row in rows] == [(1, 0.1 + 0.2), (2, 1e-30)]
    write_curve(path, {"step": [], "loss": []})
    assert path.read_text() == "step,loss\n"
    assert [p.name for p in tmp_path.iterdir()] == ["run.csv"]
