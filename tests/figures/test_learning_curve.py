import math

import pytest

from experiments.records import RecordError
from figures.__main__ import main
from figures.logs import LOG_COLUMNS, read_log, read_logs
from figures.plotting.learning_curves import draw_learning_curves
from lrc_keras.training.fitting.reports import CURVE

NAMES = "step,snapshots,loss,train_error,test_error,learning_rate,seconds\n"
ROWS = "10,80,2.5,0.5,0.4,0.001,1.0\n20,160,0.5,0.2,0.125,0.0,2.0\n"


def test_the_columns_are_those_that_train_writes():
    assert LOG_COLUMNS == CURVE


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "run.csv"
    path.write_text(NAMES + ROWS)
    return path


def test_drawn_twice_the_same(log, tmp_path):
    other = log.with_name("other.csv")
    other.write_text(NAMES.replace("\n", ",test_energy_error\n") + ROWS.replace("\n", ",1.0\n"))
    pictures = []
    for name in ("first.png", "second.png"):
        arguments = [str(log), str(other), "--label", "one", "two", "--out", str(tmp_path / name)]
        assert main(["learning_curve", *arguments]) == 0
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]


def test_what_is_drawn(log):
    """Three panels; the rate of zero at the end is a gap, not a cliff; the label holds the last test error."""
    errors, losses, rates = draw_learning_curves(read_logs([log])).axes
    training, test = errors.get_lines()
    assert list(test.get_xdata()) == [80, 160] and list(test.get_ydata()) == [0.4, 0.125]
    assert test.get_label() == "0.12500  run" and list(training.get_ydata()) == [0.5, 0.2]
    assert list(losses.get_lines()[0].get_ydata()) == [2.5, 0.5]
    last = rates.get_lines()[0].get_ydata()
    assert last[0] == 0.001 and math.isnan(last[1])


def test_a_record_has_the_curve_of_its_log(log, write_record):
    columns = read_log(log)
    record = write_record(curve=columns)
    assert read_logs([record, log]) == [(record.stem, columns), ("run", columns)]
    with pytest.raises(RecordError, match="no report$"):
        read_logs([write_record(curve=dict.fromkeys(columns, []))])
    with pytest.raises(RecordError, match="missing step, loss"):
        read_logs([write_record(curve={"snapshots": [80], "test_error": [0.1]})])


def test_a_row_that_is_being_written_is_left_out(log):
    whole = read_log(log)
    for half in ("30,240,0.4,0.1,0.1", "30,240,0.4,0.1,0.1,0.0,3.0", "3"):
        log.write_text(NAMES + ROWS + half)
        assert read_log(log) == whole


def test_a_byte_order_mark_and_empty_lines_are_no_error(log):
    whole = read_log(log)
    log.write_text("\ufeff" + NAMES + "\n" + ROWS + "\n", encoding="utf-8")
    assert read_log(log) == whole


def test_a_dollar_in_a_label_is_no_formula(log, tmp_path):
    arguments = [str(log), "--label", "rate $10^{-3$", "--out", str(tmp_path / "a.png")]
    assert main(["learning_curve", *arguments]) == 0
    with pytest.raises(RecordError, match="at most 21 files"):
        draw_learning_curves(read_logs([log] * 22, list(map(str, range(22)))))


def test_labels_tell_the_files_apart(log, tmp_path):
    again = tmp_path / "again" / "run.csv"
    again.parent.mkdir()
    again.write_text(log.read_text())
    labels = [label for label, _ in read_logs([log, again])]
    assert labels == [str(tmp_path / "run"), str(tmp_path / "again" / "run")]
    with pytest.raises(RecordError, match="one label for each of 2 files; received 1"):
        read_logs([log, again], ["a"])


def test_what_is_wrong_is_named(log, tmp_path):
    out = str(tmp_path / "picture.png")
    cases = {
        "": "expected the columns step, .* missing step, snapshots",
        "step,loss\n1,2\n": "missing snapshots, train_error",
        NAMES: "no report yet",
        NAMES + "\n": "no report yet",
        NAMES + "1,2,3\n": "run.csv, line 2: expected 7 numbers; received 1,2,3",
        NAMES + "a,80,2.5,0.5,0.4,0.001,1.0\n": "run.csv, line 2: expected 7 numbers",
    }
    for text, message in cases.items():
        log.write_text(text)
        with pytest.raises(RecordError, match=message):
            read_log(log)
    assert main(["learning_curve", str(log), "--out", out]) == 2
    assert main(["learning_curve", str(log), "--out", str(tmp_path / "picture.txt")]) == 2
