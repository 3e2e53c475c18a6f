"""What a run kept and rejected: counts by level, check, corpus and language, as JSON and as a page.

Give it every record and every rejection, one by one; it keeps counts only.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uas_pipeline.validate.histogram import Histogram
from uas_pipeline.validate.violation import LEVELS, Rejection
from uas_schema.records import KNOWN_FIELDS, Record

# Measures that the page shows, with the bounds and the number of bars of their histograms.
SHOWN: Mapping[str, tuple[float, float, int]] = {
    "f0_median_hz": (60.0, 460.0, 20),
    "f0_range_semitones": (0.0, 20.0, 20),
    "syllables_per_s": (0.0, 10.0, 20),
    "snr_db": (-10.0, 60.0, 14),
    "duration_s": (0.0, 30.0, 15),
}


@dataclass
class Tally:
    """Kept and rejected clips of one group."""

    kept: int = 0
    rejected: int = 0

    @property
    def rejected_ratio(self) -> float:
        """Share of the clips that were rejected; 0 without clips."""
        total = self.kept + self.rejected
        return self.rejected / total if total else 0.0


@dataclass
class Report:
    """Counts of a run. A clip counts once in its corpus, its language, and each check it fails."""

    total: Tally = field(default_factory=Tally)
    corpora: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    languages: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    steps: Counter[str] = field(default_factory=Counter)
    levels: Counter[str] = field(default_factory=Counter)
    checks: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: Counter[str] = field(default_factory=Counter)
    known: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    measures: dict[str, Histogram] = field(
        default_factory=lambda: {name: Histogram(*bounds) for name, bounds in SHOWN.items()}
    )

    def keep(self, record: Record) -> None:
        """Count a record that passed."""
        for tally in self._tallies(record.corpus, record.language):
            tally.kept += 1
        for known_field, how in record.known.items():
            self.known[known_field][how] += 1
        for name, histogram in self.measures.items():
            value = record.evidence.get(name)
            if isinstance(value, float):
                histogram.add(value)

    def reject(self, rejection: Rejection) -> None:
        """Count a clip that was left out."""
        for tally in self._tallies(rejection.corpus, rejection.language):
            tally.rejected += 1
        self.steps[rejection.step] += 1
        self.reasons[rejection.reason] += 1
        self.levels.update({violation.level for violation in rejection.violations})
        for level, check in {(found.level, found.check) for found in rejection.violations}:
            self.checks[level][check] += 1

    def to_dict(self) -> dict[str, Any]:
        """All counts, plain, in a fixed order."""
        return {
            "total": _tally(self.total),
            "by_corpus": {name: _tally(self.corpora[name]) for name in sorted(self.corpora)},
            "by_language": {name: _tally(self.languages[name]) for name in sorted(self.languages)},
            "by_step": dict(sorted(self.steps.items())),
            "by_reason": _by_count(self.reasons),
            "by_level": {level: self.levels[level] for level in LEVELS},
            "by_check": {level: _by_count(self.checks[level]) for level in LEVELS},
            "known": {
                name: {how: self.known[name][how] for how in ("truth", "evidence", "none")}
                for name in KNOWN_FIELDS
            },
            "measures": {
                name: {"edges": histogram.edges, "counts": list(histogram.counts)}
                for name, histogram in self.measures.items()
            },
        }

    def write(self, folder: Path) -> None:
        """Write ``report.json`` and ``report.html`` into a folder."""
        from uas_pipeline.validate.page import page_of

        counts = self.to_dict()
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "report.json", json.dumps(counts, indent=2, ensure_ascii=False) + "\n")
        _write(folder / "report.html", page_of(counts))

    def _tallies(self, corpus: str, language: str) -> tuple[Tally, Tally, Tally]:
        return self.total, self.corpora[corpus], self.languages[language]


def _tally(tally: Tally) -> dict[str, float]:
    ratio = round(tally.rejected_ratio, 6)
    return {"kept": tally.kept, "rejected": tally.rejected, "rejected_ratio": ratio}


def _by_count(counts: Counter[str]) -> dict[str, int]:
    """Most frequent first, then by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
