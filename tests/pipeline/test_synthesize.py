"""Corpus and caption become a record; nothing is known better than its source."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged_records import MEASURES

from uas_pipeline.caption.acoustic import describe
from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.errors import Rejected
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.merge import Draft, claims_of
from uas_pipeline.synthesize.reading import labels_named, values_named
from uas_pipeline.synthesize.rules import RulesSynthesizer
from uas_pipeline.validate.checks import validate
from uas_pipeline.validate.config import validation_config
from uas_schema.document import Event
from uas_schema.records import Record

RULES = RulesSynthesizer(MergeConfig())
EMPTY = Caption(voice=None, environment=None, backend="toy", version="1")
SILENT = {
    "duration_s": 2.0, "sounding_s": 0.0, "level_db": -100.0, "clipped_ratio": 0.0,
    "pitched_s": 0.0, "background_db": -100.0, "background_variation_db": 0.0,
    "background_flatness_ratio": 1.0, "background_sounds_count": 0.0, "speech_s": 0.0,
}  # fmt: skip


def _as(recording: Recording, **voice: str | None) -> Recording:
    return replace(recording, voice=replace(recording.voice, **voice))


def _text(voice: str, environment: str = "") -> Caption:
    return EMPTY.replace(voice=voice or None, environment=environment or None)


def test_truth_of_the_corpus_and_evidence_of_the_measures(recording: Recording) -> None:
    corpus = replace(recording, emotion="furious", emotion_known="truth", split="test")
    record = RULES.synthesize(_as(corpus, gender="woman", age="twenties"), describe(MEASURES))
    voice = record.document.paralinguistics
    assert (voice.age, voice.gender, voice.emotion) == ("Adult", "Female", "Anger")
    assert voice.prosody == "moderate pace, medium pitch, moderate range"
    assert {record.known[name] for name in ("age", "gender", "emotion", "accent")} == {"truth"}
    assert {record.known[name] for name in ("prosody", "timbre", "description")} == {"evidence"}
    assert record.document.transcription == recording.text
    assert (record.split, record.duration_s) == ("test", 3.0)
    assert Caption.of(record) == describe(MEASURES)
    assert Record.from_json(record.to_json()) == record


def test_what_nothing_supports_is_null_and_none(recording: Recording) -> None:
    record = RULES.synthesize(_as(recording, age=None, gender="unknown", accent=None), EMPTY)
    voice = record.document.paralinguistics
    assert set(dict(voice).values()) == {None}
    assert set(record.known.values()) == {"truth", "none"}
    assert record.known["transcription"] == "truth"
    assert validate(record.replace(duration_s=2.0), None, validation_config()) == []


def test_gender_is_evidence_where_the_measures_are_sure(recording: Recording) -> None:
    unsaid = _as(recording, gender=None)
    tract = {"formant_3_hz": 3100.0, "formant_spacing_hz": 1090.0}
    sure = describe({**MEASURES, "f0_median_hz": 245.0, **tract})
    record = RULES.synthesize(unsaid, sure)
    assert (record.document.paralinguistics.gender, record.known["gender"]) == (
        "Female", "evidence",
    )  # fmt: skip
    unsure = describe({**MEASURES, "f0_median_hz": 165.0, "formant_3_hz": 2650.0})
    assert RULES.synthesize(unsaid, unsure).known["gender"] == "none"
    assert RULES.synthesize(unsaid, unsure).known["prosody"] == "none"  # its norms are by gender


@pytest.mark.parametrize(
    ("voice", "reason"),
    [
        ({"age": "ancient-ish"}, "age_unknown: age 'ancient-ish' is no word"),
        ({"age": "-3"}, "age_unknown"),
        ({"age": "400"}, "age_unknown"),
        ({"gender": "robot"}, "gender_unknown"),
    ],
)
def test_a_bad_age_or_gender_rejects(
    recording: Recording, voice: dict[str, str], reason: str
) -> None:
    with pytest.raises(Rejected, match=reason):
        RULES.synthesize(_as(recording, **voice), EMPTY)
    lenient = MergeConfig(unknown_age="none", unknown_gender="none")
    record = RulesSynthesizer(lenient).synthesize(_as(recording, **voice), EMPTY)
    assert "none" in (record.known["age"], record.known["gender"])


@pytest.mark.parametrize(
    ("age", "group"), [("31", "Adult"), ("8", "Child"), ("67.5", "Elderly"), ("toddler", "Child")]
)
def test_ages_in_years_are_groups(recording: Recording, age: str, group: str) -> None:
    assert RULES.synthesize(_as(recording, age=age), EMPTY).document.paralinguistics.age == group


def test_an_emotion_that_nobody_knows_is_none_or_rejects(recording: Recording) -> None:
    strange = replace(recording, emotion="hangry", emotion_known="truth")
    assert RULES.synthesize(strange, EMPTY).known["emotion"] == "none"
    with pytest.raises(Rejected, match="emotion_unknown"):
        RulesSynthesizer(MergeConfig(unknown_emotion="reject")).synthesize(strange, EMPTY)


def test_a_placeholder_emotion_is_not_taken_for_neutral(recording: Recording) -> None:
    record = RULES.synthesize(recording, EMPTY)
    assert recording.emotion_known == "none"
    assert (record.document.paralinguistics.emotion, record.known["emotion"]) == (None, "none")


def test_required_fields_reject(recording: Recording) -> None:
    with pytest.raises(Rejected, match="field_not_known: nothing supports emotion, timbre"):
        RulesSynthesizer(MergeConfig(require=("age", "emotion", "timbre"))).synthesize(
            recording, EMPTY
        )


def test_nobody_speaks(recording: Recording) -> None:
    record = RULES.synthesize(replace(recording, text=""), describe(SILENT))
    assert not record.document.has_voice
    assert record.document.non_linguistic_events.description == "Silence"
    assert (record.known["age"], record.known["discreteEvents"]) == ("truth", "evidence")
    assert validate(record, None, validation_config()) == []


def test_noise_alone_is_heard(recording: Recording) -> None:
    noise = {**SILENT, "level_db": -20.0, "background_db": -21.0, "sounding_s": 2.0}
    record = RULES.synthesize(replace(recording, text=""), describe(noise))
    heard = record.document.non_linguistic_events
    assert heard.description == "Background noise, no speech"
    assert [event.label for event in heard.continuous_events] == ["static"]
    assert (record.known["continuousEvents"], record.known["discreteEvents"]) == (
        "evidence", "none",
    )  # fmt: skip


def test_captions_in_words_are_evidence(recording: Recording) -> None:
    text = "A sad elderly man with a British English accent; slow pace, low pitch, narrow range."
    sounds = "discrete sounds: barking (short, dark), a zorp (long, dark). Nothing else."
    unsaid = _as(recording, age=None, gender=None, accent=None)
    record = RULES.synthesize(unsaid, _text(text, sounds))
    voice = record.document.paralinguistics
    assert dict(voice) == {
        "age": "Elderly", "gender": "Male", "emotion": "Sadness", "accent": "British English",
        "prosody": "slow pace, low pitch, narrow range", "timbre": None,
    }  # fmt: skip
    assert record.document.non_linguistic_events.discrete_events == (
        Event(label="dog bark", characteristic="short, dark"),
    )
    assert record.known["continuousEvents"] == "none"


@pytest.mark.parametrize(
    ("text", "emotions"),
    [
        ("She is not angry.", set()),
        ("Without any anger", set()),
        ("Sad, then cheerful", {"Sadness", "Happiness"}),
        ("matter-of-fact", {"Neutral"}),
        ("I'm fine", set()),
    ],
)
def test_texts_are_read_for_the_ontology_s_words(text: str, emotions: set[str]) -> None:
    assert values_named("emotion", text) == emotions


def test_labels_are_read_by_their_longest_name() -> None:
    assert labels_named("Dogs, a church bell and no rain; speech.") == {"dog bark", "church bell"}


values = st.sampled_from(["Adult", "Female", "Anger", "nonsense", "dog bark", None])
drafted = st.builds(
    Draft, age=values, gender=values, emotion=values, accent=values, prosody=values,
    timbre=values, description=values,
    discrete=st.lists(st.builds(Event, label=st.sampled_from(["barking", "rain", "zorp"]),
                                characteristic=st.just("short")), max_size=3).map(tuple),
    continuous=st.just(()),
)  # fmt: skip
captions = st.sampled_from(["", "An angry woman, fast.", "A calm voice.", "A dog barks.", "Rain."])


@given(drafted, captions, captions)
def test_a_draft_never_knows_more_than_caption_and_corpus(
    draft: Draft, voice: str, environment: str
) -> None:
    someone = Voice("s", None, None, None)
    recording = Recording("r", "toy", __file__, "CC0-1.0", "en", "hello", someone)  # type: ignore[arg-type] # a path
    caption = _text(voice, environment)
    claims = claims_of(recording, caption, MergeConfig(), draft)
    assert set(claims.known.values()) <= {"evidence", "none"}
    for field in ("age", "gender", "emotion"):
        if field in claims.texts:
            assert claims.texts[field] in values_named(field, voice)  # type: ignore[index,arg-type] # fields
    if not voice:
        assert not {"prosody", "timbre", "accent"} & set(claims.texts)
    if not environment:
        assert "description" not in claims.texts
    assert {event.label for event in claims.discrete} <= labels_named(environment)
