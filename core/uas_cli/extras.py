"""Which extra of `uas-audio` brings which module, read from the installed package's metadata.

Knows no version rules; it only turns a missing module into the command that installs it.
"""

import re
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, requires

DISTRIBUTION = "uas-audio"

_IMPORT_NAMES = {
    "phonemizer-fork": "phonemizer",
    "python-multipart": "multipart",
    "pyworld-prebuilt": "pyworld",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
}
"""Distributions whose import name is not their own name with underscores."""

_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)[^;]*(?:;.*extra == ['\"](?P<extra>[^'\"]+)['\"])?"
)


def import_name(distribution: str) -> str:
    """Name to import for a distribution: `faster-whisper` gives `faster_whisper`."""
    return _IMPORT_NAMES.get(distribution.lower(), distribution.replace("-", "_"))


def install_command(extra: str) -> str:
    """Shell command that installs one extra, with the quotes that zsh needs."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


@lru_cache(maxsize=1)
def requirements_by_extra() -> dict[str, tuple[str, ...]]:
    """Distributions that each extra needs, those of the extras it includes among them.

    Empty when `uas-audio` itself is not installed.
    """
    try:
        lines = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return {}
    found: dict[str, list[str]] = {}
    for match in filter(None, map(_REQUIREMENT.match, lines)):
        if match["extra"]:
            found.setdefault(match["extra"], []).append(match["name"])
    return {extra: tuple(names) for extra, names in found.items()}


def extra_with(module: str) -> str | None:
    """Smallest extra that brings a top-level module, or None when none does."""
    top = module.partition(".")[0]
    bringing = [
        (len(names), extra)
        for extra, names in requirements_by_extra().items()
        if top in map(import_name, names)
    ]
    return min(bringing)[1] if bringing else None


def missing_module_message(module: str) -> str:
    """What to tell somebody whose command needs a module that is not installed."""
    extra = extra_with(module)
    if extra is None:
        return f"the module {module!r} is not installed, and no extra of {DISTRIBUTION} brings it"
    return f"the module {module!r} is not installed; install it with: {install_command(extra)}"
