"""Texts of package data with places to fill: jinja templates that know every name they use."""

from functools import cache
from typing import Annotated

import jinja2
from pydantic import AfterValidator

# Plain text for captions and prompts, not HTML.
_PLAIN = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701
_compiled = cache(_PLAIN.from_string)


def _checked(text: str) -> str:
    try:
        _compiled(text)
    except jinja2.TemplateSyntaxError as error:
        raise ValueError(f"not a template: line {error.lineno}: {error.message}") from error
    return text


Template = Annotated[str, AfterValidator(_checked)]


def fill(template: str, **values: object) -> str:
    """Fill a template; every run of white space becomes one space.

    Raises ``jinja2.UndefinedError`` when it uses a name that is not given.
    """
    return " ".join(_compiled(template).render(**values).split())


def fill_lines(template: str, **values: object) -> str:
    """Fill a template and keep its lines. Raises as ``fill`` does."""
    return _compiled(template).render(**values).strip()
