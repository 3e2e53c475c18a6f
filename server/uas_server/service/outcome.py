"""From generated text to a valid document, whatever happened, with every fault counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from uas_schema.document import UasDocument
from uas_schema.errors import DocumentError, PrefixError
from uas_schema.grammar import Closed, close
from uas_schema.rules import check, mend


@dataclass(frozen=True)
class Outcome:
    """A valid document.

    Attributes:
        document: closed and mended.
        incomplete: paths that were cut or not reached.
        failures: how often the text was not right, by the metrics' kinds: "unparseable",
            "closed_at_budget", "mended", "rule_broken".
    """

    document: UasDocument
    incomplete: tuple[str, ...]
    failures: Counter[str]


def conclude(data: bytes, *, cut: bool) -> Outcome:
    """Make a document of what was generated.

    `data` is UTF-8 and may end inside a character; `cut` says that the budget ended it, which does
    no harm when only brackets are missing. Text of no document is closed where it went wrong.
    """
    failures: Counter[str] = Counter()
    incomplete: tuple[str, ...] = ()
    try:
        if cut:
            closed = close(data)
            document, incomplete = closed.document, closed.incomplete
            failures["closed_at_budget"] += bool(incomplete)
        else:
            document = UasDocument.parse(data)
    except (DocumentError, PrefixError):
        failures["unparseable"] += 1
        closed = close_legal_start(data)
        document, incomplete = closed.document, closed.incomplete
    document, mended = mend(document)
    failures["mended"] += len(mended)
    broken = check(document, waived=incomplete)
    failures["rule_broken"] += sum(violation.level == "error" for violation in broken)
    return Outcome(document, incomplete, +failures)


def close_legal_start(data: bytes) -> Closed:
    """Close the longest beginning of `data` that begins a document; found by halving."""
    legal, illegal = 0, len(data) + 1
    best = close(b"")
    while illegal - legal > 1:
        middle = (legal + illegal) // 2
        try:
            best, legal = close(data[:middle]), middle
        except PrefixError:
            illegal = middle
    return best
