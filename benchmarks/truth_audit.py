"""What the default backends claim, against known truth, attribute by attribute.

    PYTHONPATH=benchmarks python benchmarks/truth_audit.py --gold build/planted

The gold is that of ``planted_errors.evidence``: records with what the embedded describer measured.
From these captions the rules make each record anew, twice: told the text alone, and told who speaks
as well. Items are simulated ones, and real acted speech for gender and emotion. Written to
``docs/evidence/truth-audit/`` as JSON and Markdown.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from planted_errors.evidence import HALVES
from planted_errors.gold import JsonObject, in_turn, is_real, read_gold
from planted_errors.report import Share
from uas_pipeline.caption.acoustic import describe
from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.rules import RulesSynthesizer
from uas_schema.document import UasDocument
from uas_schema.ontology import parse_prosody
from uas_schema.records import KnownField, Record
from uas_schema.strict import Strict

OUT = Path("docs/evidence/truth-audit")
COMMAND = "PYTHONPATH=benchmarks python benchmarks/truth_audit.py --gold build/planted"
ACTED = ("ravdess", "emodb")
Value = Callable[[UasDocument], object]

# Attribute -> the field whose knowledge counts, and its value in a document.
ATTRIBUTES: Mapping[str, tuple[KnownField, Value]] = {
    "transcription": ("transcription", lambda document: document.transcription),
    "age": ("age", lambda document: document.paralinguistics.age),
    "gender": ("gender", lambda document: document.paralinguistics.gender),
    "emotion": ("emotion", lambda document: document.paralinguistics.emotion),
    "accent": ("accent", lambda document: document.paralinguistics.accent),
    "pace": ("prosody", lambda document: _prosody(document).get("rate")),
    "pitch": ("prosody", lambda document: _prosody(document).get("pitch")),
    "pitch range": ("prosody", lambda document: _prosody(document).get("range")),
    "description": ("description", lambda document: document.non_linguistic_events.description),
    "discrete events": ("discreteEvents", lambda document: _labels(document, discrete=True)),
    "continuous events": ("continuousEvents", lambda document: _labels(document, discrete=False)),
}
SPOKEN = frozenset({"age", "gender", "emotion", "accent", "prosody"})


class Row(Strict):
    """An attribute: how often it is claimed where the truth is known, and right where claimed."""

    attribute: str
    claimed: Share
    right: Share


class Table(Strict):
    """Rows of one set of items, made with one degree of knowledge."""

    items: str
    told: str
    rows: tuple[Row, ...]


class Tables(Strict):
    """Everything that is written."""

    command: str
    tables: tuple[Table, ...]


def main() -> None:
    """Write JSON and Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--gold", type=Path, required=True, help="folder of planted_errors.evidence"
    )
    parser.add_argument("--items", type=int, default=400)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    gold = in_turn(row for half in HALVES for row in read_gold(arguments.gold / f"{half}.jsonl"))
    tables = Tables(command=COMMAND, tables=tuple(audit(gold, arguments.items)))
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "report.json").write_text(tables.model_dump_json(indent=1) + "\n", "utf-8")
    (arguments.out / "README.md").write_text("\n".join(_page(tables)) + "\n", "utf-8")


def audit(gold: Sequence[JsonObject], items: int) -> Iterator[Table]:
    """Tables of simulated items, and of acted speech by corpus and split."""
    simulated = _records([row for row in gold if not is_real(row)][:items])
    name = f"{len(simulated)} simulated items"
    yield _table(name, "text", simulated, ATTRIBUTES)
    yield _table(name, "text, gender, age, accent", simulated, ("pace", "pitch", "pitch range"))
    for corpus in ACTED:
        for split in ("train", "development"):
            chosen = [row for row in gold if (row["corpus"], row["split"]) == (corpus, split)]
            yield _table(f"{len(chosen)} clips of {corpus}, {split}", "text", _records(chosen),
                         ("gender", "emotion"))  # fmt: skip


def made(record: Record, *, told_voice: bool) -> Record:
    """The record as captions and rules make it from what they are told of the clip."""
    told = Caption.of(record)
    if told is None:
        raise ValueError(f"{record.id} has no caption: run planted_errors.evidence first")
    caption = describe(told.measures)  # its words anew: norms may have changed since
    voice, document = record.document.paralinguistics, record.document
    recording = Recording(
        id=record.id, corpus=record.corpus, path=Path(record.audio), licence=record.licence,
        language=record.language, text=document.transcription or "",
        voice=Voice(record.speaker, voice.gender, voice.age, voice.accent) if told_voice
        else Voice(record.speaker, None, None, None),
    )  # fmt: skip
    return RulesSynthesizer(MergeConfig()).synthesize(recording, caption)


def _records(rows: Iterable[JsonObject]) -> list[Record]:
    return [Record.model_validate(row) for row in rows]


def _table(items: str, told: str, truths: Sequence[Record], attributes: Iterable[str]) -> Table:
    pairs = [(truth, made(truth, told_voice=told != "text")) for truth in truths]
    return Table(items=items, told=told, rows=tuple(_row(name, pairs) for name in attributes))


def _row(attribute: str, pairs: Sequence[tuple[Record, Record]]) -> Row:
    field, value = ATTRIBUTES[attribute]
    with_truth = [
        (truth, claim)
        for truth, claim in pairs
        if truth.known[field] == "truth" and (truth.document.has_voice or field not in SPOKEN)
    ]
    claimed = [pair for pair in with_truth if pair[1].known[field] != "none"]
    right = sum(value(truth.document) == value(claim.document) for truth, claim in claimed)
    return Row(
        attribute=attribute,
        claimed=Share.make(len(claimed), len(with_truth)),
        right=Share.make(right, len(claimed)),
    )


def _prosody(document: UasDocument) -> Mapping[str, str]:
    return parse_prosody(document.paralinguistics.prosody or "") or {}


def _labels(document: UasDocument, *, discrete: bool) -> frozenset[str]:
    heard = document.non_linguistic_events
    events = heard.discrete_events if discrete else heard.continuous_events
    return frozenset(event.label for event in events)


def _page(tables: Tables) -> Iterator[str]:
    yield "# Truth audit"
    yield ""
    yield "What the `acoustic` describer and the `rules` claim, against known truth. A field known"
    yield '"none" is not claimed. Intervals are Wilson\'s, 95 %.'
    yield ""
    yield f"Command: `{tables.command}`"
    for table in tables.tables:
        yield ""
        yield f"## {table.items}, told: {table.told}"
        yield ""
        yield "| attribute | with truth | claimed | right where claimed |"
        yield "|---|---|---|---|"
        for row in table.rows:
            claimed = f"{row.claimed.count} ({100 * row.claimed.value:.1f} %)"
            yield f"| {row.attribute} | {row.claimed.of} | {claimed} | {_right(row.right)} |"


def _right(share: Share) -> str:
    if share.of == 0:
        return "-"
    low, high = 100 * share.low, 100 * share.high
    return f"{100 * share.value:.1f} % ({low:.1f} to {high:.1f})"


if __name__ == "__main__":
    main()
