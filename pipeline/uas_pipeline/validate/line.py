"""A record as a line of JSON: what reading it refuses, and what reading it would hide.

Knows nothing of the checks of records.
"""

import json
import re
from collections.abc import Iterator

from pydantic import ValidationError

from uas_pipeline.validate.case import Finding
from uas_schema.document import clean
from uas_schema.errors import DataError
from uas_schema.records import Record
from uas_schema.strict import explain

_DOCUMENT = "document"
# Only a line with one of these can hold a character that reading strips.
_SUSPECT = re.compile(r"\\u(?:00[01789]|[dD])|\\[bfr]|[\x7f-\x9f]")


def read_line(line: str) -> Record | Finding:
    """The record in a line, or why it is none: JSON, keys, types, and every key once."""
    try:
        record = Record.model_validate_json(line)
        json.loads(line, object_pairs_hook=_refuse_repeats)
    except ValidationError as error:
        path = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
        problems: dict[str, float | str] = {"problems": float(error.error_count())}
        return Finding(path, f"no record: {explain(error, Record)}", problems)
    except DataError as error:
        return Finding("", f"no record: {error}", {"problems": 1.0})
    return record


def stripped(line: str) -> Iterator[Finding]:
    """No text of the document holds control characters: reading it strips them."""
    if _SUSPECT.search(line) is None:
        return
    for path, text in _texts(json.loads(line)[_DOCUMENT], ""):
        if clean(text) != text:
            message = f"{text[:80]!r} holds characters that no document can: strip them"
            yield Finding(path, message, {"characters": float(len(text) - len(clean(text)))})


def _texts(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Path and text of every string of a JSON value."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _texts(member, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _texts(member, f"{path}[{index}]")


def _refuse_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object with a key twice: readers silently keep one of them."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DataError(f"key {twice!r} occurs twice: keep one")
    return found
