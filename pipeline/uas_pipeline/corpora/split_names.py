"""The split that a file or folder is called after: "dev-clean", "validation-00000-of-00004"."""

from typing import Literal

_NAMES: dict[str, Literal["development", "test"]] = {
    "dev": "development",
    "development": "development",
    "valid": "development",
    "validation": "development",
    "test": "test",
}


def split_named(name: str) -> Literal["train", "development", "test"]:
    """The split in the first part of a name, before a dash; "train" for any other."""
    return _NAMES.get(name.partition("-")[0], "train")
