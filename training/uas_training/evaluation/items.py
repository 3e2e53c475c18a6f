"""One run of a model over records: a JSONL file with what it said about each, resumable."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from uas_schema.document import UasDocument
from uas_schema.errors import DocumentError
from uas_schema.prompts import YES_NO
from uas_schema.records import QaItem
from uas_training.data.examples import Example
from uas_training.evaluation.conditions import draft_text, heard_samples
from uas_training.evaluation.json_lines import end_last_line, read_objects
from uas_training.evaluation.listeners import Listener
from uas_training.evaluation.options import RunOptions


@dataclass(frozen=True)
class Item:
    """What the model said about one record; ``answers`` are in the order of the questions."""

    id: str
    text: str
    probabilities: dict[str, dict[str, float]] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def document(self) -> UasDocument | None:
        """The document, None when the text is not a valid one."""
        try:
            return UasDocument.parse(self.text)
        except DocumentError:
            return None


def run_items(
    listener: Listener,
    examples: Sequence[Example],
    drafts: Mapping[str, str],
    options: RunOptions,
    path: Path,
) -> list[Item]:
    """Run all examples that ``path`` does not hold yet, and return all items in order."""
    done = {item.id: item for item in read_items(path)}
    path.parent.mkdir(parents=True, exist_ok=True)
    records = [example.record for example in examples]
    end_last_line(path)
    with path.open("a", encoding="utf-8") as file:
        for number, record in enumerate(records):
            if record.id in done:
                continue
            draft = draft_text(options.draft, records, number, drafts)
            item = _run_one(listener, examples, number, draft, options)
            done[item.id] = item
            file.write(json.dumps(asdict(item), ensure_ascii=False) + "\n")
            file.flush()
    return [done[record.id] for record in records]


def read_items(path: Path) -> list[Item]:
    """Items of an earlier run; a line that was cut by a kill is left out."""
    return [
        Item(**{**values, "answers": tuple(values["answers"])}) for values in read_objects(path)
    ]


def _run_one(
    listener: Listener,
    examples: Sequence[Example],
    number: int,
    draft: str | None,
    options: RunOptions,
) -> Item:
    record = examples[number].record
    samples = heard_samples(options.audio, examples, number)
    asked = record.qa if options.questions else ()
    answers = tuple(listener.ask(samples, item.question, _choices(item)) for item in asked)
    if not options.documents:
        return Item(record.id, "", answers=answers)
    heard = listener.describe(samples, draft, options.use)
    return Item(record.id, heard.text, heard.probabilities, answers, round(heard.seconds, 3))


def _choices(item: QaItem) -> Sequence[str]:
    return YES_NO if item.kind == "yes_no" else item.choices or ()
