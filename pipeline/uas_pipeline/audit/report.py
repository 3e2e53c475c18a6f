"""The figures of an audit as Markdown."""

from importlib.resources import files

import jinja2

from uas_pipeline.audit.score import Score

_MARKUP = "\\`*_[]<>|#"


def markdown(score: Score, command: str) -> str:
    """The page of one audit. ``command`` is what made it."""
    # Markdown, not HTML: names are made plain by a filter.
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701
    environment.filters.update(percent=_percent, plain=_plain)
    text = files("uas_pipeline.audit").joinpath("data/score.md.jinja").read_text("utf-8")
    return environment.from_string(text).render(score=score, command=command) + "\n"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f} %"


def _plain(name: str) -> str:
    """A name that people gave, as plain text in a line or a table."""
    line = " ".join(name.split())
    return "".join(f"\\{letter}" if letter in _MARKUP else letter for letter in line)
