"""Files of one JSON object per line that a kill may have cut anywhere, even inside a character."""

import json
from pathlib import Path
from typing import Any


def read_objects(path: Path) -> list[dict[str, Any]]:
    """The objects of a file, none where there is no file; a line that was cut is left out.

    Only a line feed ends a line: a text may hold other characters that end lines elsewhere.
    """
    if not path.is_file():
        return []
    found = []
    for line in path.read_bytes().split(b"\n"):
        try:
            values = json.loads(line)
        except ValueError:
            continue
        if isinstance(values, dict):
            found.append(values)
    return found


def end_last_line(path: Path) -> None:
    """Close a line that was cut by a kill, so that the next object gets one of its own."""
    text = path.read_bytes() if path.is_file() else b""
    if text and not text.endswith(b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")
