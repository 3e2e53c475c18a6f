"""Gold: records known to be right, real and simulated, in two halves.

One half serves to find and mend what is missed, the other is held out. Knows nothing of errors.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

JsonObject = dict[str, Any]
Half = Literal["open", "held-out"]

# Speech that people spoke; a mixture of it with sounds ("ravdess+scratch") is simulated.
REAL_CORPORA = frozenset({"asterisk", "ravdess", "emodb"})


def read_gold(paths: Iterable[Path], half: Half) -> list[JsonObject]:
    """Records of one half of JSONL manifests, as JSON objects in the order of the files."""
    lines = (line for path in paths for line in path.read_text(encoding="utf-8").splitlines())
    records = (json.loads(line) for line in lines if line.strip())
    return [record for record in records if half_of(record["id"]) == half]


def half_of(record_id: str) -> Half:
    """The half that a record belongs to: by its id alone, so it never changes sides."""
    digest = hashlib.sha256(record_id.encode()).digest()
    return "open" if digest[0] % 2 == 0 else "held-out"


def is_real(record: JsonObject) -> bool:
    """Whether a person spoke the clip, with nothing mixed in."""
    return record["corpus"] in REAL_CORPORA
