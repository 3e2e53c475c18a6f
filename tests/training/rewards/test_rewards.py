"""Rewards: always in [0, 1], the truth earns all, nearly right earns some, a hack earns little."""

import json

import pytest
from document_strategies import documents, events
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training.conftest import sound_example, voiced_record

from uas_schema.document import UasDocument
from uas_schema.prompts import Text, load_prompts
from uas_schema.records import KNOWN_FIELDS, QaItem
from uas_training.config import RewardWeights
from uas_training.rewards.answer import answer
from uas_training.rewards.brevity import brevity
from uas_training.rewards.closed_fields import closed_fields
from uas_training.rewards.events import events as events_reward
from uas_training.rewards.events import similarity, soft_f1
from uas_training.rewards.free_text import agreement, free_text
from uas_training.rewards.overlap import word_overlap
from uas_training.rewards.table import REWARDS, score
from uas_training.rewards.task import Reply, Task
from uas_training.rewards.transcript import transcript
from uas_training.rewards.validity import validity
from uas_training.rewards.voice import voice

WEIGHTS = RewardWeights().model_dump()
SPEECH = voiced_record()
VOICED, SOUND = Task(SPEECH), Task(sound_example("dog bark").record)
CHOICE, YES_NO = (Task(SPEECH, item) for item in SPEECH.qa)
DIRECT = Task(
    SPEECH,
    QaItem(question="What is the accent?", answer="British English", kind="direct", field="accent"),
)
TASKS = [VOICED, SOUND, CHOICE, YES_NO, DIRECT]
NAMES = ["voiced", "sound", "choice", "yes_no", "direct"]
NULL = UasDocument.no_voice().canonical()
PROMPT = "".join(
    part.text for part in load_prompts("smollm2-chatml").render("uas") if isinstance(part, Text)
)


def truth(task: Task) -> str:
    return task.record.document.canonical() if task.item is None else task.item.answer


def total(text: str, task: Task) -> float:
    return score(Reply.read(text), task).total(WEIGHTS)


def changed(document: UasDocument, **fields: object) -> Reply:
    """The document with other values of one layer: keys are attributes of that layer."""
    voice, heard = document.paralinguistics, document.non_linguistic_events
    own = {name: value for name, value in fields.items() if name in type(voice).model_fields}
    other = {name: value for name, value in fields.items() if name in type(heard).model_fields}
    said = {"transcription": fields["transcription"]} if "transcription" in fields else {}
    text = document.replace(
        paralinguistics=voice.replace(**own), non_linguistic_events=heard.replace(**other), **said
    ).canonical()
    return Reply.read(text)


replies = (
    st.text(max_size=60)
    | documents().map(lambda document: document.canonical())
    | st.sampled_from([truth(task) for task in TASKS])
)


@settings(max_examples=25)
@given(text=replies, task=st.sampled_from(TASKS))
def test_every_reward_is_a_share_and_applies_by_task_alone(text: str, task: Task) -> None:
    scores = score(Reply.read(text), task)
    assert all(0 <= value <= 1 for value in scores.by_name.values())
    assert set(scores.by_name) == set(score(Reply.read(""), task).by_name)
    assert 0 <= scores.total(WEIGHTS) <= 1


@pytest.mark.parametrize("task", TASKS, ids=NAMES)
def test_the_truth_earns_all(task: Task) -> None:
    scores = score(Reply.read(truth(task)), task)
    assert set(scores.by_name.values()) == {1.0}
    assert scores.total(WEIGHTS) == 1.0


@settings(max_examples=25)
@given(text=replies, task=st.sampled_from(TASKS))
def test_nothing_earns_more_than_the_truth(text: str, task: Task) -> None:
    assert total(text, task) <= total(truth(task), task)


def hacks(task: Task) -> dict[str, str]:
    """What a model might write for the reward's sake."""
    true = truth(task)
    return {
        "empty": "",
        "blank": " \n" * 5,
        "copied prompt": task.item.question if task.item else PROMPT,
        "all null": NULL,
        "null": "null",
        "braces": "{}",
        "endless repetition": true * 20,
        "endless word": "yes " * 200,
        "cut off": true[: len(true) // 2],
        "fenced": f"```json\n{true}\n```" if task.item is None else "```",
        "every choice": "; ".join((task.item and task.item.choices) or ("yes", "no")),
    }


@pytest.mark.parametrize("hack", hacks(VOICED))
@pytest.mark.parametrize("task", TASKS, ids=NAMES)
def test_hacks_earn_little(hack: str, task: Task) -> None:
    """A null document is right about a sound's having no voice, half of an answer half right."""
    known = {("all null", SOUND.record.id): 0.4, ("cut off", "accent"): 0.7}
    of = task.record.id if task.item is None else task.item.field
    assert total(hacks(task)[hack], task) <= known.get((hack, of), 0.2)


@given(inside=st.text(alphabet="abc ", min_size=1, max_size=8), times=st.integers(20, 60))
def test_repetition_inside_a_valid_document_earns_less(inside: str, times: int) -> None:
    document = VOICED.record.document
    reply = changed(document, transcription=inside * times, description=inside * times)
    assert validity(reply, VOICED) == 1.0
    assert score(reply, VOICED).total(WEIGHTS) < 0.85
    assert transcript(reply, VOICED) == 0.0


def test_a_document_that_breaks_a_rule_is_not_valid() -> None:
    values = json.loads(truth(VOICED))
    values["paralinguistics"]["age"] = None
    assert validity(Reply.read(json.dumps(values)), VOICED) == 0.0
    assert validity(Reply.read(truth(VOICED) + " "), VOICED) == 1.0
    assert validity(Reply.read(truth(VOICED)), CHOICE) is None


def test_the_wrong_branch_earns_validity_alone() -> None:
    denied = score(Reply.read(NULL), VOICED).by_name
    assert {name for name, value in denied.items() if value > 0} == {"validity"}
    claimed = score(Reply.read(truth(VOICED)), SOUND).by_name
    assert {name for name, value in claimed.items() if value > 0} == {"validity"}


def test_voice_says_nothing_where_nobody_knows() -> None:
    record = SOUND.record
    unknown = Task(record.model_copy(update={"known": dict.fromkeys(KNOWN_FIELDS, "none")}))
    assert voice(Reply.read(NULL), unknown) is None
    assert total(NULL, unknown) == 1.0


def test_closed_fields_count_what_is_known() -> None:
    document = VOICED.record.document
    assert closed_fields(changed(document, age="Child"), VOICED) == pytest.approx(2 / 3)
    known = {**SPEECH.known, "age": "none"}
    half = Task(voiced_record(known=known))
    assert closed_fields(changed(document, age="Child"), half) == 1.0
    assert closed_fields(changed(document, emotion="Anger"), half) == 0.5
    assert closed_fields(Reply.read(truth(SOUND)), SOUND) is None


def test_transcripts_count_by_their_words() -> None:
    document = VOICED.record.document
    assert transcript(changed(document, transcription="good, MORNING"), VOICED) == 1.0
    assert transcript(changed(document, transcription="Good evening."), VOICED) == 0.5
    assert transcript(changed(document, transcription="a b c d e f"), VOICED) == 0.0


@pytest.mark.parametrize(
    ("said", "true", "low", "high"),
    [
        ("Barking", "dog bark", 1, 1),
        ("rain", "rain", 1, 1),
        ("big dog bark", "dog bark", 0.7, 0.9),
        ("cat meow", "dog bark", 0.3, 0.5),
        ("rain", "dog bark", 0, 0),
        ("zzz", "dog bark", 0, 0),
    ],
)
def test_labels_are_alike_by_synonym_word_and_category(
    said: str, true: str, low: float, high: float
) -> None:
    assert low <= similarity(said, true) <= high


def test_event_f1_matches_labels_one_to_one() -> None:
    assert soft_f1([], []) == 1.0
    assert soft_f1(["rain"], []) == soft_f1([], ["rain"]) == 0.0
    assert soft_f1(["rain", "dog bark"], ["dog bark", "rain"]) == 1.0
    assert soft_f1(["rain", "rain"], ["rain"]) == pytest.approx(2 / 3)
    assert soft_f1(["rain"], ["rain", "dog bark"]) == pytest.approx(2 / 3)
    assert soft_f1(["cat meow"], ["dog bark"]) == similarity("cat meow", "dog bark")


labels = st.lists(events(1).map(lambda event: event.label), max_size=4)


@settings(max_examples=25)
@given(said=labels, true=labels)
def test_event_f1_is_a_share_and_full_for_itself(said: list[str], true: list[str]) -> None:
    assert 0 <= soft_f1(said, true) <= 1
    assert soft_f1(true, true) == pytest.approx(1.0)


def test_more_claims_never_earn_more_than_they_hit() -> None:
    many = [f"sound {number}" for number in range(20)]
    assert soft_f1(["dog bark", *many], ["dog bark"]) < 0.2
    assert events_reward(Reply.read(truth(SOUND)), SOUND) == 1.0
    assert events_reward(Reply.read(NULL), SOUND) == 0.0


def test_free_text_agrees_by_levels_and_words() -> None:
    assert agreement("prosody", None, None) == 1.0
    assert agreement("prosody", "slow pace, low pitch, wide range", None) == 0.0
    said, true = "slow pace, low pitch, wide range", "fast pace, low pitch, wide range"
    assert agreement("prosody", said, true) == pytest.approx(2 / 3)
    assert agreement("timbre", "dark, clear", "bright, clear") == 0.5
    assert agreement("accent", "Scottish English", "British English") == 0.5
    document = VOICED.record.document
    assert free_text(changed(document, accent=None), VOICED) == pytest.approx(2 / 3)


@given(text=st.text(max_size=30), other=st.text(max_size=30))
def test_overlap_is_symmetric_and_full_for_itself(text: str, other: str) -> None:
    assert word_overlap(text, other) == word_overlap(other, text)
    assert 0 <= word_overlap(text, other) <= 1
    assert word_overlap(text, text) == 1.0


def test_repeats_cost_overlap() -> None:
    assert word_overlap("rain " * 10, "rain") == pytest.approx(2 / 11)


def test_answers() -> None:
    assert answer(Reply.read("female."), CHOICE) == 1.0
    assert answer(Reply.read("Male; Female"), CHOICE) == 0.0
    assert answer(Reply.read("Yes"), YES_NO) == 1.0
    assert answer(Reply.read("yes and no"), YES_NO) == 0.0
    assert answer(Reply.read("English"), DIRECT) == pytest.approx(2 / 3)
    assert answer(Reply.read("x"), VOICED) is None


def test_brevity_counts_only_what_is_right() -> None:
    assert brevity(Reply.read("x"), CHOICE) == 0.0
    assert brevity(Reply.read("Female"), CHOICE) == 1.0
    assert brevity(Reply.read(""), VOICED) == 0.0
    long = changed(VOICED.record.document, timbre="dark " * 400)
    assert brevity(long, VOICED) == 0.0


def test_every_reward_has_a_weight_in_the_configuration() -> None:
    assert set(WEIGHTS) == set(REWARDS)
