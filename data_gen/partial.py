"""A file that has its name only when it is whole, and no garbage after a run that was killed.

A run writes under a name of its own, `.<name>.<random>.partial` in the same folder, and renames it at the end: half
a file never has the real name, and two runs that make the same file do not meet. It keeps its partial file locked.
The system lifts the lock when a process dies, by kill −9 too; so a partial file without a lock has no owner, and
the next run to the same name removes it. That run starts again instead of continuing: half-written HDF5 cannot be
trusted, and the seed makes the same bytes anyhow.
"""

import contextlib
import os
import secrets

from .arguments import check_flag, check_path

try:
    import fcntl
except ImportError:  # Windows: there an open file cannot be removed, which protects a living run as well
    fcntl = None


@contextlib.contextmanager
def partial_file(path, *, overwrite=False):
    """A context that yields the partial name of `path`, an empty file to be written.

    When the context ends without an error the file takes its name, else it is removed.

    Raises: FileExistsError unless `overwrite`; OSError, before anything is written, when `path` cannot be.
    """
    path, overwrite = check_path("path", path), check_flag("overwrite", overwrite)
    try:
        is_folder, is_there = path.is_dir(), path.exists()
    except OSError as error:  # a name that the file system cannot have
        raise type(error)(f"path must be a name that a file can have; received {path}: {error}") from error
    if is_folder or (is_there and not overwrite):
        reason = "it is a folder" if is_folder else "it is there already, and overwrite is off"
        raise FileExistsError(f"path must be free for a new file; received {path}: {reason}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_ownerless(path)
        partial, handle = _create(path)
    except OSError as error:
        kind = NotADirectoryError if isinstance(error, FileExistsError) else type(error)  # a file as a folder
        raise kind(f"path must lie in a folder that can be written; received {path}: {error}") from error
    try:
        try:
            yield partial
        finally:
            if fcntl is None:
                os.close(handle)  # Windows renames closed files only
        if overwrite:
            os.replace(partial, path)
        else:
            _take_free_name(partial, path)
    finally:
        partial.unlink(missing_ok=True)
        if fcntl is not None:
            os.close(handle)


def _take_free_name(partial, path):
    """Gives the file its name unless another run has taken it meanwhile. Raises: FileExistsError."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise FileExistsError(
            f"path must be free for a new file; received {path}: another run has made it meanwhile"
        ) from None
    except OSError:  # a file system without links
        os.replace(partial, path)


def _create(path):
    """A new partial file and its locked descriptor."""
    while True:
        partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
        handle = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        _lock(handle)
        if partial.exists():
            return partial, handle
        os.close(handle)  # another run came between creation and lock, and took it for ownerless


def _remove_ownerless(path):
    prefix, suffix = f".{path.name}.", ".partial"
    for name in os.listdir(path.parent):
        if not (name.startswith(prefix) and name.endswith(suffix)) or "." in name[len(prefix) : -len(suffix)]:
            continue
        partial = path.with_name(name)
        with contextlib.suppress(OSError):  # its owner lives, or it has gone meanwhile
            handle = os.open(partial, os.O_RDWR)
            try:
                if _lock(handle):
                    partial.unlink()
            finally:
                os.close(handle)


def _lock(handle):
    """Whether the lock was free, and is now ours until `handle` is closed."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # taken; or a file system without locks, where nothing is taken for ownerless
        return False
    return True
