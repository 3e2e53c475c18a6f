"""Gold: records known to be right, real and simulated, in two halves.

One half serves to find and mend what is missed, the other is held out. Knows nothing of errors.
"""

import hashlib
import json
from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

JsonObject = dict[str, Any]
Half = Literal["open", "held-out"]

# Speech that people spoke; a mixture of it with sounds ("ravdess+scratch") is simulated.
REAL_CORPORA = frozenset({"asterisk", "ravdess", "emodb"})


def read_gold(path: Path) -> list[JsonObject]:
    """Records of a JSONL manifest, as JSON objects."""
    # Not splitlines: a text may hold U+2028 and the like.
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()]


def half_of(record_id: str) -> Half:
    """The half that a record belongs to: by its id alone, so it never changes sides."""
    return "open" if _digest(record_id)[0] % 2 == 0 else "held-out"


def in_turn(records: Iterable[JsonObject]) -> list[JsonObject]:
    """Real and simulated records by turns, each in an order that their ids alone give.

    So the first N are a sample of both, whatever N is.
    """
    ordered = sorted(records, key=lambda record: _digest(record["id"]))
    real = [record for record in ordered if is_real(record)]
    simulated = [record for record in ordered if not is_real(record)]
    pairs = zip_longest(real, simulated)
    return [record for pair in pairs for record in pair if record is not None]


def is_real(record: JsonObject) -> bool:
    """Whether a person spoke the clip, with nothing mixed in."""
    return record["corpus"] in REAL_CORPORA


def _digest(record_id: str) -> bytes:
    return hashlib.sha256(record_id.encode()).digest()
