"""Prints what both clients are generated from, as one OpenAPI description in JSON.

    python clients/description.py > description.json

That is openapi.yaml, with the messages of asyncapi.yaml among its schemas: a generator of HTTP
clients reads no AsyncAPI, and the payloads are JSON Schemas in both. A name that is in both files
means the same model; the one of openapi.yaml, which says how an answer is written, is kept.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]


def joined_description() -> dict[str, Any]:
    """The description of the HTTP API, with the schemas of the live messages."""
    description: dict[str, Any] = _read("openapi.yaml")
    schemas = description["components"]["schemas"]
    description["components"]["schemas"] = {
        **_read("asyncapi.yaml")["components"]["schemas"],
        **schemas,
    }
    return description


def _read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    json.dump(joined_description(), sys.stdout, indent=1)
