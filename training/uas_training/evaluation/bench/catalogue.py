"""What is known of each benchmark, from ``benchmarks.yaml``: keys of its file, labels, rules."""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import Field, field_validator

from uas_schema.errors import DataError
from uas_schema.strict import Strict, nearest, read_yaml
from uas_training.evaluation.bench.rules import RULES

ReplyForm = Literal["letter", "text"]

_FILE = "benchmarks.yaml"


class Keys(Strict):
    """Under which keys an entry of the file keeps its parts."""

    id: str
    question: str
    answer: str
    audio: str
    choices: tuple[str, ...] = Field(min_length=1)


class Benchmark(Strict):
    """One benchmark.

    Attributes:
        title: its name as it is written.
        keys: where an entry keeps its parts.
        labels: what results are split by, and the keys that make up each label.
        plot: the label that is drawn.
        reply: what its official script reads.
        prediction: the key in which the official script looks for the reply.
        missing: what the script takes an entry without that key for; None skips the entry.
        rules: functions of ``rules.RULES`` by the name that reports give them.
        left_out: entries with one of these values under this key are not multiple choice.
    """

    title: str
    keys: Keys
    labels: dict[str, tuple[str, ...]]
    plot: str
    reply: ReplyForm
    prediction: str
    missing: str | None = None
    rules: dict[str, str]
    left_out: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @field_validator("rules")
    @classmethod
    def _known(cls, rules: dict[str, str]) -> dict[str, str]:
        for rule in rules.values():
            if rule not in RULES:
                raise ValueError(f"no rule {rule!r}: {nearest(rule, list(RULES))}")
        return rules


class Catalogue(Strict):
    """All benchmarks by name, and the prompts by the form of the reply."""

    benchmarks: dict[str, Benchmark]
    prompts: dict[ReplyForm, str]


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that ships with the package."""
    path = files("uas_training.evaluation.bench").joinpath(_FILE)
    return read_yaml(Catalogue, path.read_text(encoding="utf-8"), _FILE)


def benchmark_named(name: str) -> Benchmark:
    """One benchmark. Raises ``DataError`` that names the nearest one."""
    known = load_catalogue().benchmarks
    if name not in known:
        raise DataError(f"no benchmark {name!r}: {nearest(name, list(known))}")
    return known[name]
