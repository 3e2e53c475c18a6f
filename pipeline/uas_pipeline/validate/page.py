"""The report as one HTML page that needs nothing else: tables, and plots in plain SVG.

Names of corpora and languages come from the user's data, so everything is escaped.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

_TEMPLATE = "data/report.html.jinja"


def page_of(counts: Mapping[str, Any]) -> str:
    """The page of ``Report.to_dict``."""
    return _template().render(counts=counts, widest=_widest(counts))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    text = files("uas_pipeline.validate").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    return environment.from_string(text)


def _widest(counts: Mapping[str, Any]) -> int:
    """Largest count of a check: its bar fills the plot."""
    return max((n for checks in counts["by_check"].values() for n in checks.values()), default=1)
