"""A file that has its name only when it is complete.

A run writes to `.<name>.<random>.partial` in the same folder and renames that file at the end, so that two runs to the
same path do not disturb each other. The run holds a lock on its partial file. The system releases the lock when the
process dies, also by kill −9: a partial file without a lock has no owner, and the next run to the same path removes it.
"""

import contextlib
import glob
import os
import secrets

from .arguments import check_flag, check_path

try:
    import fcntl
except ImportError:  # Windows, where nothing is locked or removed
    fcntl = None


@contextlib.contextmanager
def partial_file(path, *, overwrite=False):
    """A context that yields an empty file to be written, which becomes `path` when the context ends without an error.

    Raises: FileExistsError unless `overwrite`; OSError, before anything is written, when `path` cannot be.
    """
    path, overwrite = check_path("path", path), check_flag("overwrite", overwrite)
    taken = None
    try:
        if path.is_dir():
            taken = "it is a folder"
        elif path.exists() and not overwrite:
            taken = "it is there already, and overwrite is off"
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            for other in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 8}.partial"):
                _remove_ownerless(other)
            partial, owned = _create(path)
    except OSError as error:
        kind = NotADirectoryError if isinstance(error, FileExistsError) else type(error)  # a file in place of a folder
        raise kind(f"path must lie in a folder that can be written; received {path}: {error}") from error
    if taken:
        raise FileExistsError(f"path must be free for a new file; received {path}: {taken}")
    try:
        yield partial
        if overwrite:
            os.replace(partial, path)
        else:
            _take_free_name(partial, path)
    finally:
        partial.unlink(missing_ok=True)
        owned.close()


def _take_free_name(partial, path):
    """Gives the file its name unless another run has taken it meanwhile. Raises: FileExistsError."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise FileExistsError(f"path must be free for a new file; received {path}: another run has made it") from None
    except OSError:  # a file system without links
        os.replace(partial, path)


def _create(path):
    """A new partial file, by name and as an open file that holds the lock."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    file = partial.open("xb")
    if fcntl is None:  # Windows renames closed files only
        file.close()
    elif _lock(file) and not partial.exists():  # before it was locked, another run removed it as ownerless
        file.close()
        return _create(path)
    return partial, file


def _remove_ownerless(partial):
    with contextlib.suppress(OSError), open(partial, "rb") as file:  # it may be gone already
        if fcntl is not None and _lock(file):
            partial.unlink()


def _lock(file):
    """Whether the lock was free, and is now held until `file` is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held by its owner; or a file system without locks, where no file counts as ownerless
        return False
    return True
