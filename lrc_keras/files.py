"""Files of a run: written whole or not at all, and compared with the settings that they were made with.

This module does not import TensorFlow, so that drawings can use it.
"""

import os
import secrets
import tempfile
from pathlib import Path

from lrc_keras.arguments import check_path


def write_whole(path, content):
    """Writes a temporary file and renames it: `path` holds the old content or the new, never half.

    Args:
        path: of the file. Missing folders are made. A symbolic link stays, and the file that it names is written.
        content: str, bytes, or a function that writes to an open binary file.

    Raises: ValueError when path cannot be the name of a file; OSError naming the path.
    """
    path = check_path("path", path)
    target, temporary = _places(path)
    if _is_something_else(target):
        raise OSError(f"{path}: must be a regular file or a new one; received something else that is there")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        raise type(error)(f"{path}: must lie in a folder that can be written; received {error}") from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def check_writable(name, path):
    """Makes missing folders and a temporary file, as `write_whole` will. Raises: ValueError naming the argument."""
    path = check_path(name, path)
    target, temporary = _places(path)
    if _is_something_else(target):
        raise ValueError(f"{name} must be a regular file or a new one; received {str(path)!r}, which is something else")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise ValueError(
            f"{name} must lie in a folder that can be written; received {str(path)!r} ({error})"
        ) from error


def make_writable(folder):
    """Makes a folder, and a temporary file in it. Raises: OSError where one of them fails."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _places(path):
    """Where a file is written, behind all symbolic links, and its temporary file beside it.

    Processes in several containers may have the same number, so that the name is a random one.
    """
    target = Path(os.path.realpath(path))
    return target, target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")


def _is_something_else(target):
    """Whether there is something that is no regular file, such as a device, which a new file would replace."""
    return target.exists() and not target.is_file()


def differences(saved, wanted, name=""):
    """What differs between two settings, as JSON has them: triples of name, saved and wanted value, all as text.

    Example:
        >>> from lrc_keras.files import differences
        >>> list(differences({"stages": [[8, 10]], "seed": 0}, {"stages": [[8, 20]]}))
        [('seed', '0', 'nothing'), ('stages[0][1]', '10', '20')]
    """
    if isinstance(saved, dict) and isinstance(wanted, dict):
        for key in sorted({*saved, *wanted}):
            inner = f"{name}.{key}" if name else key
            if key in saved and key in wanted:
                yield from differences(saved[key], wanted[key], inner)
            else:
                yield inner, *(repr(part[key]) if key in part else "nothing" for part in (saved, wanted))
    elif isinstance(saved, list) and isinstance(wanted, list) and len(saved) == len(wanted):
        for i, pair in enumerate(zip(saved, wanted, strict=True)):
            yield from differences(*pair, f"{name}[{i}]")
    elif saved != wanted:
        yield name or "settings", repr(saved), repr(wanted)
