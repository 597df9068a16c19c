"""Files are written whole or not at all; settings are compared to the leaf."""

import os

import pytest

from lrc_keras.files import check_writable, differences, write_whole


def test_text_bytes_and_functions(tmp_path):
    path = tmp_path / "new" / "file"
    for content, bytes_of_it in (("λ", "λ".encode()), (b"\x00", b"\x00"), (lambda file: file.write(b"a"), b"a")):
        write_whole(path, content)
        assert path.read_bytes() == bytes_of_it
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "table.md"
    write_whole(path, "old")
    with pytest.raises(ZeroDivisionError):
        write_whole(path, lambda file: file.write(b"half") / 0)

    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="table.md: must lie in a folder that can be written; received disk full"):
        write_whole(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_what_is_no_file_is_not_replaced(tmp_path):
    """Such as a device: /dev/null would become a file."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe: must be a regular file or a new one; received"):
        write_whole(tmp_path / "pipe", "text")
    with pytest.raises(ValueError, match="log must be a regular file or a new one; received"):
        check_writable("log", tmp_path / "pipe")
    assert not (tmp_path / "pipe").is_file()


def test_a_link_stays_and_its_file_is_written(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real/file")
    for content in ("first", "second"):  # the file that the link names is not there at first
        write_whole(tmp_path / "link", content)
        assert (tmp_path / "link").is_symlink() and (tmp_path / "real" / "file").read_text() == content
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "link", "real"]


def test_a_folder_is_tried_before_the_work(tmp_path):
    check_writable("log", tmp_path / "new" / "run.csv")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="log must lie in a folder that can be written; received '.*file/run.csv'"):
        check_writable("log", tmp_path / "file" / "run.csv")


def test_differences_are_named_to_the_leaf():
    assert not list(differences({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}))
    assert list(differences({"a": [1, {"b": None}]}, {"a": [1, {"b": 2}]})) == [("a[1].b", "None", "2")]
    assert list(differences({"a": [1]}, {"a": [1, 2]})) == [("a", "[1]", "[1, 2]")]
    assert list(differences({"b": 2}, {"a": 1})) == [("a", "nothing", "1"), ("b", "2", "nothing")]
    assert list(differences(1, 2)) == [("settings", "1", "2")]
