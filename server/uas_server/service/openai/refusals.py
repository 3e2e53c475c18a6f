"""Which parameters of OpenAI's API are refused by name."""

from functools import cache
from importlib.resources import files

from uas_schema.strict import Strict, read_yaml


class Refusals(Strict):
    """Names by operation, as `data/openai.yaml` holds them."""

    transcriptions: frozenset[str]
    chat: frozenset[str]


@cache
def load_refusals() -> Refusals:
    """Read the package's data once."""
    text = files("uas_server").joinpath("data", "openai.yaml").read_text(encoding="utf-8")
    return read_yaml(Refusals, text, "openai.yaml")
