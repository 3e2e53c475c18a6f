"""What may be generated: the document skeleton, a regular expression, or one of some texts.

Knows nothing of tokens, torch or UAS field names; the skeleton's nodes come from `uas_schema`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from uas_schema.skeleton import Skeleton

ANY_TEXT = r"(?s:.)*"
"""Pattern of an unconstrained answer: any text, which keeps it whole characters."""


@dataclass(frozen=True)
class Regex:
    """The whole generated text matches `pattern` (outlines-core's syntax, that of Rust's regex)."""

    pattern: str


@dataclass(frozen=True)
class Choice:
    """The whole generated text is one of `texts`, scored as whole texts."""

    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.texts or "" in self.texts or len(set(self.texts)) != len(self.texts):
            raise ValueError(
                f"a choice needs one or more different, non-empty texts, got {self.texts!r}"
            )


Constraint: TypeAlias = "Skeleton | Regex | Choice"
"""A skeleton is a plain tuple of nodes; its slots are filled and its literals are forced."""
