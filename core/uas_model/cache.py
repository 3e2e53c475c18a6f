"""Where downloaded weights and built models are kept on this machine."""

import os
from pathlib import Path

import platformdirs


def cache_root() -> Path:
    """Folder of everything that can be fetched or built again; `UAS_CACHE` overrides it."""
    override = os.environ.get("UAS_CACHE")
    return Path(override).expanduser() if override else platformdirs.user_cache_path("uas-audio")


def sources_dir() -> Path:
    """Folder of the verified base weights."""
    return cache_root() / "sources"


def models_dir() -> Path:
    """Folder of the built checkpoints, one folder each."""
    return cache_root() / "models"
