"""What of the questions can be answered from text alone, beside chance.

    python benchmarks/qa_baseline.py build/data/train.jsonl build/data/dev.jsonl --anew --out FOLDER

Learners that never hear anything get the words of a question and its options ("question"), or those
of the transcript as well ("transcript"), learn on four fifths of the clips and answer those of the
last, five times. They are linear, but see every option beside every word of the transcript. With
"new transcript" all clips of one text are in one fifth.

With ``--apart`` questions are made anew of each of so many parts of the sentences, and each part is
answered by a learner of the others. Within one set what was right often is due less, so learners
fall below chance; sets that were balanced apart show what really leaks.

Whether anybody speaks is in every transcript. So "voiced" counts clips with a transcript alone, and
its chance is that among the options that a transcript leaves: not "nobody speaks", no scene without
speech. Knows nothing of audio, and nothing of what a language model knows of the world.
"""

import argparse
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression

from uas_pipeline.qa.maker import QaConfig, QaMaker
from uas_schema.normalise import normalise_text
from uas_schema.ontology import load_ontology
from uas_schema.records import KNOWN_FIELDS, QaItem, Record, read_records
from uas_schema.scoring import wilson_interval

Given = Literal["question", "transcript", "new transcript"]
GIVEN: tuple[Given, ...] = get_args(Given)
TITLES: Mapping[str, str] = {
    "question": "Given the question",
    "transcript": "Given the question and the transcript",
    "new transcript": "The same, of sentences that the learner has not seen in another clip",
}
FOLDS = 5
_FEATURES = 2**20
_IN_TRANSCRIPT = "transcription"  # the field that a transcript answers by itself


@dataclass(frozen=True)
class Asked:
    """A question on a clip. ``words``: those of the transcript, none where nobody speaks."""

    clip: str
    item: QaItem
    words: tuple[str, ...]
    voiced: bool

    def fold(self, given: Given, parts: int) -> int:
        """The part that its clip is in; with new transcripts, that all clips of its text are."""
        by_text = given == "new transcript" and self.voiced
        return _part(" ".join(self.words) if by_text else self.clip, parts)

    @property
    def options(self) -> tuple[str, ...]:
        """What may be answered; a yes/no question has one row, that of "yes"."""
        return self.item.choices or ("yes",)


@dataclass(frozen=True)
class Answer:
    """Whether a learner was right, and how likely a guess is."""

    asked: Asked
    right: bool
    chance: float
    chance_voiced: float


def main() -> None:
    """Print the shares, and write them and a page to ``--out``."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("manifests", nargs="+", type=Path)
    parser.add_argument("--anew", action="store_true", help="ask anew, by default shares")
    parser.add_argument(
        "--apart",
        type=int,
        metavar="PARTS",
        help="ask anew, each of so many parts of the sentences balanced by itself",
    )
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    asked: list[Asked] = []
    accents: dict[str, set[str | None]] = defaultdict(set)
    for path in arguments.manifests:
        records = list(read_records(path))
        for record in records:
            if (text := record.document.transcription) is not None:
                accents[text].add(record.document.paralinguistics.accent)
        if arguments.apart:
            asked += (one for part in parted(records, arguments.apart) for one in anew(part))
        else:
            asked += anew(records) if arguments.anew else questions(records)
    given: tuple[Given, ...] = ("new transcript",) if arguments.apart else GIVEN
    folds = arguments.apart or FOLDS
    report: dict[str, dict[str, dict[str, Any]]] = {
        one: figures(answers(asked, one, folds)) for one in given
    }
    report_text = json.dumps(report, indent=1)
    print(report_text)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "report.json").write_text(report_text + "\n", encoding="utf-8")
        names = " ".join(str(path) for path in arguments.manifests)
        command = f"python benchmarks/qa_baseline.py {names} --out {arguments.out}"
        command += " --anew" if arguments.anew else ""
        command += f" --apart {arguments.apart}" if arguments.apart else ""
        page = page_of(report, command, len({one.clip for one in asked}))
        alone = sum(len(found) == 1 for found in accents.values())
        page += f"\nOf {len(accents)} sentences {alone} are said in one accent alone.\n"
        (arguments.out / "README.md").write_text(page, encoding="utf-8")


def anew(records: Sequence[Record]) -> Iterator[Asked]:
    """New questions on the records, balanced together."""
    return questions(QaMaker(records, QaConfig()).make())


def parted(records: Iterable[Record], count: int) -> list[list[Record]]:
    """The records in the parts of "new transcript": all clips of one text are in one."""
    parts: list[list[Record]] = [[] for _ in range(count)]
    for record in records:
        parts[_part(" ".join(_words(record)) or record.id, count)].append(record)
    return parts


def questions(records: Iterable[Record]) -> Iterator[Asked]:
    """Questions with choices or of yes and no on what is not the text itself."""
    for record in records:
        text, words = record.document.transcription, _words(record)
        for item in record.qa:
            if item.kind != "direct" and item.field != _IN_TRANSCRIPT:
                yield Asked(record.id, item, words, text is not None)


def _words(record: Record) -> tuple[str, ...]:
    text = record.document.transcription
    return () if text is None else tuple(normalise_text(text, record.language).split())


def _part(key: str, parts: int) -> int:
    return hashlib.sha256(key.encode()).digest()[0] % parts


def answers(asked: Sequence[Asked], given: Given, folds: int = FOLDS) -> list[Answer]:
    """Answers to every question by learners that have not seen its clip."""
    found: list[Answer] = []
    for kind in ("choice", "yes_no"):
        of_kind = [one for one in asked if one.item.kind == kind]
        if len({one.fold(given, folds) for one in of_kind}) > 1:
            found += map(_judged, of_kind, _learnt(of_kind, given, folds))
    return found


def _learnt(asked: Sequence[Asked], given: Given, count: int) -> list[str]:
    """The answer to each question: the option that its fold's learner finds likeliest."""
    hasher = FeatureHasher(_FEATURES, input_type="string", alternate_sign=False)
    rows = hasher.transform(_rows(asked, given))
    truth = np.array([option == one.item.answer for one in asked for option in one.options])
    folds = np.array([one.fold(given, count) for one in asked for _ in one.options])
    scores = np.zeros(len(truth))
    for fold in set(folds.tolist()):
        learner = LogisticRegression(solver="liblinear", C=0.3)
        learner.fit(rows[folds != fold], truth[folds != fold])
        scores[folds == fold] = learner.decision_function(rows[folds == fold])
    told = iter(scores.tolist())
    return [_likeliest(one, [next(told) for _ in one.options]) for one in asked]


def _likeliest(asked: Asked, scores: Sequence[float]) -> str:
    if asked.item.choices is None:
        return "yes" if scores[0] > 0 else "no"
    return asked.options[int(np.argmax(scores))]


def _rows(asked: Iterable[Asked], given: Given) -> Iterator[list[str]]:
    """Features of every option: words, pairs of words, option and place beside all of them."""
    for one in asked:
        words = [f"w={word}" for word in one.words] or ["w=(nobody speaks)"]
        beside = [] if given == "question" else words
        whole = f"q={one.item.question}"
        said = [f"q={word}" for word in one.item.question.lower().split()]
        for place, option in enumerate(one.options):
            others = [f"o={other}" for other in one.options if other != option]
            names = [f"f={one.item.field}", f"p={place}", whole, *said, *others, *beside]
            # In a yes/no question the value that is asked about is in the question.
            key = whole if one.item.choices is None else f"o={option}"
            yield [key, *names, *(f"{key}&{name}" for name in names)]


def _judged(asked: Asked, answer: str) -> Answer:
    item = asked.item
    if item.choices is None:
        return Answer(asked, answer == item.answer, 0.5, 0.5)
    left = [option for option in item.choices if _fits_a_transcript(option, item)]
    chance_voiced = 1 / len(left) if asked.voiced and item.answer in left else 0.0
    return Answer(asked, answer == item.answer, 1 / len(item.choices), chance_voiced)


def _fits_a_transcript(option: str, item: QaItem) -> bool:
    """Whether an option can be right where somebody speaks, by its words alone."""
    if item.field == "description":
        spoken = (scene for name, scene in load_ontology().scenes.items() if "speech" in name)
        return any(option.startswith(scene.partition("{sound}")[0]) for scene in spoken)
    return option != "nobody speaks"


def figures(found: Sequence[Answer]) -> dict[str, dict[str, Any]]:
    """Shares by field and kind, and in all, of all clips and of those with a voice."""
    groups: dict[str, list[Answer]] = defaultdict(list)
    for answer in found:
        groups["all"].append(answer)
        groups[answer.asked.item.kind].append(answer)
        groups[answer.asked.item.field].append(answer)
    order = ["all", "choice", "yes_no", *KNOWN_FIELDS]
    return {
        name: {
            "all": _share(groups[name], voiced=False),
            "voiced": _share([a for a in groups[name] if a.asked.voiced], voiced=True),
        }
        for name in order
        if name in groups
    }


def _share(found: Sequence[Answer], *, voiced: bool) -> dict[str, float]:
    """How many are right, Wilson's 95 % interval, and chance, in per cent."""
    count = Counter(answer.right for answer in found)[True]
    interval = wilson_interval(count, len(found))
    chance = [answer.chance_voiced if voiced else answer.chance for answer in found]
    share, guessed = 100 * count / max(len(found), 1), 100 * sum(chance) / max(len(found), 1)
    return {
        "questions": len(found),
        "right": round(share, 1),
        "low": round(100 * interval.low, 1),
        "high": round(100 * interval.high, 1),
        "chance": round(guessed, 1),
        "over_chance": round(share - guessed, 1),
    }


def page_of(report: Mapping[str, Mapping[str, Mapping[str, Any]]], command: str, clips: int) -> str:
    """The page: one table for each thing that a learner is given."""
    lines = ["# What text alone answers", "", f"`{command}`, {clips} clips with questions.", ""]
    lines += [line.strip() for line in (__doc__ or "").split("\n\n", 2)[2].splitlines()]
    for given, groups in report.items():
        lines += ["", f"## {TITLES[given]}", "", "Right in per cent with 95 % interval.", ""]
        lines += ["| | all clips | chance | over | voiced clips | chance | over |"]
        lines += ["|---|---|---|---|---|---|---|"]
        for name, shares in groups.items():
            cells = [_cells(shares["all"]), _cells(shares["voiced"])]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cells(share: Mapping[str, float]) -> str:
    right = f"{share['right']} of {share['questions']} ({share['low']} to {share['high']})"
    return f"{right} | {share['chance']} | {share['over_chance']:+}"


if __name__ == "__main__":
    main()
