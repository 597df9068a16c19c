"""Files: written whole or not at all, and with the same bytes for the same input."""

import io
import os
import tempfile
from pathlib import Path

from figures.records import RecordError
from figures.style import house_style

# Matplotlib writes the date into PDF and SVG, and its own version into all three.
METADATA = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}


def write_whole(path, content):
    """Writes a file under a temporary name, then gives it its own: nobody ever sees half of it.

    Args:
        path: where to; folders are made as needed.
        content: str or bytes.
    """
    path = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    except OSError as error:
        raise type(error)(f"{path}: must lie in a folder that can be written; received {error}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)  # mkstemp lets only the owner read
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def check_format(path):
    """Returns "png", "pdf" or "svg" from the end of a file's name.

    Raises:
        RecordError: it ends otherwise.
    """
    kind = Path(path).suffix.lstrip(".").lower()
    if kind not in METADATA:
        raise RecordError(f"{path}: the name of a drawing must end in .png, .pdf or .svg")
    return kind


def save_figure(figure, *paths):
    """Saves one drawing under one or several names; the ending of a name says the format.

    Args:
        figure: a `matplotlib.figure.Figure`.
        *paths: names ending in .png, .pdf or .svg.
    """
    for path in paths:
        kind = check_format(path)
        buffer = io.BytesIO()
        with house_style():
            figure.savefig(buffer, format=kind, metadata=METADATA[kind])
        write_whole(path, buffer.getvalue())
