"""The `uas` section that makes a family's random checkpoint one of ours."""

import json
from pathlib import Path

SECTION = {
    "name": "tiny-random",
    "prompt_family": "smollm2-chatml",
    "wants_draft": "none",
    "draft_model": None,
    "languages": ["en"],
    "licence": "Apache-2.0",
    "window_s": 30,
}


def give_section(folder: Path) -> Path:
    """Write it into the checkpoint's configuration."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(config | {"uas": SECTION}), encoding="utf-8")
    return folder
