"""Who is heard in which split: ``splits.yaml``, the one place that says so."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import model_validator

from uas_pipeline.errors import ConfigError
from uas_pipeline.package_data import read_package_yaml
from uas_schema.strict import Strict, nearest

Split = Literal["train", "development"]
SPLITS: tuple[Split, ...] = ("train", "development")


class Members(Strict):
    """Speakers, voices or packages of one corpus by split."""

    train: tuple[str, ...]
    development: tuple[str, ...]

    @model_validator(mode="after")
    def _apart(self) -> "Members":
        both = set(self.train) & set(self.development)
        if both:
            raise ValueError(f"{sorted(both)} are in both splits: keep each in one")
        return self

    def of(self, split: Split) -> tuple[str, ...]:
        """Members of a split."""
        return self.train if split == "train" else self.development


class SplitFile(Strict):
    """``splits.yaml`` as it is written: members by corpus."""

    corpora: Mapping[str, Members]


@cache
def load_splits() -> Mapping[str, Members]:
    """Members by corpus (read once)."""
    return read_package_yaml(SplitFile, "uas_pipeline.corpora", "splits.yaml").corpora


def members(corpus: str, split: Split) -> tuple[str, ...]:
    """Speakers, voices or packages of ``corpus`` in ``split``.

    Raises ``ConfigError`` with the nearest name when the corpus has no entry.
    """
    corpora = load_splits()
    if corpus not in corpora:
        raise ConfigError(f"no splits for corpus {corpus!r}: {nearest(corpus, list(corpora))}")
    return corpora[corpus].of(split)
