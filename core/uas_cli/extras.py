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
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[(?P<extras>[^\]]+)\])?[^;]*"
    r"(?:;.*extra == ['\"](?P<extra>[^'\"]+)['\"])?"
)


def import_name(distribution: str) -> str:
    """Name to import for a distribution: `faster-whisper` gives `faster_whisper`."""
    return _IMPORT_NAMES.get(distribution.lower(), distribution.replace("-", "_"))


def install_command(extra: str) -> str:
    """Shell command that installs one extra, with the quotes that zsh needs."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


@lru_cache(maxsize=1)
def requirements_by_extra() -> dict[str, tuple[str, ...]]:
    """Distributions that each extra adds itself, by extra, in the order of `pyproject.toml`.

    Extras that an extra includes are not followed. Empty when `uas-audio` is not installed.
    """
    try:
        lines = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return {}
    found: dict[str, list[str]] = {}
    for line in lines:
        match = _REQUIREMENT.match(line)
        if match and match["extra"] and match["name"] != DISTRIBUTION:
            found.setdefault(match["extra"], []).append(match["name"])
    return {extra: tuple(names) for extra, names in found.items()}


def extra_with(module: str) -> str | None:
    """Extra that brings a top-level module, or None when no extra does.

    `dev` is not proposed for a module that another extra brings: it comes last.
    """
    top = module.partition(".")[0]
    for extra, names in requirements_by_extra().items():
        if top in (import_name(name) for name in names):
            return extra
    return None


def missing_module_message(module: str) -> str:
    """What to tell somebody whose command needs a module that is not installed."""
    extra = extra_with(module)
    if extra is None:
        return f"the module {module!r} is not installed, and no extra of {DISTRIBUTION} brings it"
    return f"the module {module!r} is not installed; install it with: {install_command(extra)}"
