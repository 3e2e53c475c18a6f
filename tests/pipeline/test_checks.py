"""Every check: a record that fails it, and one close by that does not."""

import json
from pathlib import Path

import numpy as np
import pytest
from judged_records import LOUD, MEASURES, TEXT, events, spoken, unspoken

from uas_pipeline.caption.measures import measure
from uas_pipeline.validate.case import case_of
from uas_pipeline.validate.checks import CHECKS, SCHEMA, STRIPPED, validate, validate_line
from uas_pipeline.validate.config import validation_config
from uas_pipeline.validate.violation import Violation
from uas_schema.document import Event, Paralinguistics
from uas_schema.errors import DataError
from uas_schema.records import EventTime, Record
from uas_signal import SAMPLE_RATE_HZ

CONFIG = validation_config()
BELL = EventTime(label="bell", start_s=0.5, end_s=1.5)
MANY = ("dog bark", "cat meow", "bell", "rain", "wind", "piano", "alarm", "thud", "crash", "siren",
        "drum", "guitar", "violin")  # fmt: skip
MODEL = {"backend": "openai"}


def _robot() -> Record:
    """A value that no reader lets in: made by copying without checks."""
    record = spoken()
    voice = record.document.paralinguistics.model_copy(update={"gender": "Robot"})
    document = record.document.model_copy(update={"paralinguistics": voice})
    return record.model_copy(update={"document": document})


def _haunted() -> Record:
    """Nobody speaks, but there is a voice."""
    record = unspoken()
    voice = Paralinguistics(age="Adult", gender=None, emotion=None, accent=None, prosody=None,
                            timbre="balanced, clear")  # fmt: skip
    return record.replace(document=record.document.replace(paralinguistics=voice))


FAILS: list[tuple[str, Record]] = [
    ("closed_value", _robot()),
    ("label_empty", unspoken(None, discrete=events(" - "), measures=LOUD)),
    ("label_repeated", unspoken(None, discrete=events("dog bark", "bell", "barking"),
                                measures=LOUD)),
    ("label_repeated", unspoken(None, discrete=events("bell"), measures=LOUD,
                                continuous=events("bell", characteristic="steady, dark"))),
    ("label_unknown", unspoken(None, discrete=events("flux capacitor"), measures=LOUD)),
    ("label_synonym", unspoken(None, discrete=events("barking"), measures=LOUD)),
    ("accent_vocabulary", spoken(voice={"accent": "Martian"})),
    ("prosody_vocabulary", spoken(voice={"prosody": "quickish"})),
    ("prosody_vocabulary", spoken(voice={"prosody": "slow pace, wide pitch, low range"})),
    ("timbre_vocabulary", spoken(voice={"timbre": "clear, bright"})),
    ("description_vocabulary", spoken(description="A room.")),
    ("description_vocabulary", spoken(description="Speech with zorp in the background")),
    ("characteristic_vocabulary", unspoken(None, discrete=events("bell", characteristic="steady"),
                                           measures=LOUD)),
    ("characteristic_vocabulary", unspoken(None, measures=LOUD, continuous=events(
        "rain", characteristic="brief, dark"))),
    ("characteristic_vocabulary", unspoken(None, discrete=events(
        "bell", characteristic="short, loud"), measures=LOUD)),
    ("too_long", spoken(voice={"timbre": "bright " * 80})),
    ("too_long", unspoken(None, discrete=events("bell " * 20), measures=LOUD)),
    ("blank", spoken(voice={"prosody": ""})),
    ("blank", spoken(description="Speech in a quiet room ")),
    ("placeholder", spoken(voice={"accent": "N/A"})),
    ("placeholder", spoken(voice={"timbre": "unknown"})),
    ("markup", spoken(description="```json Speech in a quiet room")),
    ("word_errors", spoken("She put the old lamp on a table.", corpus_text=TEXT)),
    ("character_errors", spoken("今天天氣很好", language="zh", corpus_text="今天天气很好")),
    ("span_dropped", spoken("She put the lamp.", corpus_text=TEXT)),
    ("span_invented", spoken(TEXT + " Thanks for watching.", corpus_text=TEXT)),
    ("text_missing", spoken(corpus_text="  ")),
    ("text_missing", unspoken(corpus_text="Hello there.")),
    ("no_words", spoken("...")),
    ("script", spoken("Она поставила лампу на стол.")),
    ("script", spoken("She put the lamp on the table.", language="ru")),
    ("language", spoken("Das ist nicht für dich und mich.")),
    ("language", spoken("This is the lamp that they have.", language="de")),
    ("word_loop", spoken("the lamp the lamp the lamp the lamp", corpus_text="the lamp")),
    ("word_loop", spoken("no no no no no no no", corpus_text="no no")),
    ("character_loop", spoken("Aaaaaaaaaaaaah the lamp", corpus_text="Ah the lamp")),
    ("text_markup", spoken("She put [NOISE] the lamp", corpus_text="She put the lamp")),
    ("text_markup", spoken("<|endoftext|> She put the lamp")),
    ("broken_text", spoken("Sch\u00c3\u00b6ner Tag", language="de")),
    ("broken_text", spoken("A caf\ufffd")),
    ("voice_field_missing", spoken(voice={"emotion": None})),
    ("voice_field_without_voice", _haunted()),
    ("known_value", spoken(known={"accent": "truth"})),
    ("rate_measured", spoken(voice={"prosody": "fast pace, medium pitch, moderate range"},
                             measures={"syllables_per_s": 3.0})),
    ("rate_measured", spoken(voice={"prosody": "slow pace, medium pitch, moderate range"},
                             measures={"syllables_per_s": 6.0})),
    ("pitch_measured", spoken(voice={"prosody": "moderate pace, high pitch, moderate range"},
                              measures={"f0_median_hz": 165.0})),
    ("pitch_measured", spoken(voice={"gender": "Male"})),
    ("range_measured", spoken(voice={"prosody": "moderate pace, medium pitch, wide range"},
                              measures={"f0_range_semitones": 3.0})),
    ("brightness_measured", spoken(voice={"timbre": "dark, clear"},
                                   measures={"centroid_hz": 1900.0})),
    ("texture_measured", spoken(voice={"timbre": "balanced, rough"},
                                measures={"f0_perturbation_ratio": 0.003})),
    ("texture_measured", spoken(voice={"timbre": "balanced, breathy"},
                                measures={"harmonicity_db": 18.0})),
    ("texture_measured", spoken(measures={"harmonicity_db": -2.0})),
    ("gender_f0", spoken(voice={"gender": "Male"}, measures={
        "f0_median_hz": 270.0, "formant_3_hz": 3150.0})),
    ("gender_f0", spoken(measures={"f0_median_hz": 95.0, "formant_3_hz": 2350.0})),
    ("age_f0", spoken(voice={"age": "Child"}, measures={"f0_median_hz": 110.0})),
    ("age_f0", spoken(measures={"f0_median_hz": 330.0, "formant_3_hz": 3700.0,
                                "formant_spacing_hz": 1450.0})),
    ("emotion_prosody", spoken(measures={"f0_median_hz": 420.0})),
    ("emotion_prosody", spoken(voice={"emotion": "Surprise"},
                               measures={"f0_range_semitones": 1.5})),
    ("texts_agree", spoken(voice={"timbre": "a deep male voice"})),
    ("texts_agree", spoken(voice={"prosody": "the slow pace of an elderly woman"})),
    ("accent_language", spoken(voice={"accent": "Standard German"})),
    ("caption_closed", spoken(voice={"emotion": "Anger"}, caption={"voice": "A sad woman."})),
    ("description_voice", spoken(description="Silence")),
    ("description_voice", unspoken("Speech in a quiet room")),
    ("description_sound", spoken(description="Speech with rain in the background")),
    ("description_quiet", spoken(description="Speech in a quiet room", discrete=events("bell"))),
    ("description_category", unspoken("Music, no speech", discrete=events("dog bark"),
                                      measures=LOUD)),
    ("description_noise", spoken(description="Speech in a noisy place", measures={"snr_db": 9.0})),
    ("description_level", unspoken("Silence", measures=LOUD)),
    ("description_level", spoken(description="Speech in a quiet room", measures={"snr_db": 1.0})),
    ("description_level", spoken(description="Speech in a quiet room", measures={"snr_db": -2.0})),
    ("description_level", spoken(description="Speech in a quiet room", measures={"snr_db": 12.0})),
    ("description_level", spoken(description="Speech in a noisy place", measures={"snr_db": 50.0},
                                 continuous=events("static", characteristic="steady"))),
    ("events_silent", unspoken(None, discrete=events("bell"))),
    ("events_silent", spoken(measures={"level_db": -80.0})),
    ("events_caption", spoken(discrete=events("bell"),
                              caption={**MODEL, "environment": "A dog barks."})),
    ("caption_events", spoken(caption={**MODEL, "environment": "A bell rings."})),
    ("events_onsets", spoken(onsets=(BELL,))),
    ("events_onsets", spoken(onsets=(BELL,), discrete=events("bell", "dog bark"))),
    ("length", spoken(duration_s=0.01, measures={"duration_s": 0.01})),
    ("length_measured", spoken(duration_s=4.0)),
    ("characters_per_s", spoken(measures={"sounding_s": 0.5, "speech_s": 0.5})),
    ("characters_per_s", spoken("Oh.", measures={"speech_s": 2.0})),
    ("words_per_s", spoken("I am at it as he is so I do it", measures={
        "speech_s": 1.0, "sounding_s": 1.0})),
    ("syllables_per_s", spoken(measures={"speech_s": 0.6, "sounding_s": 0.6})),
    ("syllables_heard", spoken(TEXT * 4, measures={"speech_s": 9.0, "sounding_s": 9.0})),
    ("text_for_silence", spoken(measures={"speech_s": 0.0, "pitched_s": 0.0})),
    ("silence_for_text", unspoken(None, measures={**LOUD, "speech_s": 2.0})),
    ("events_count", unspoken(None, discrete=events(*MANY), measures=LOUD)),
    ("onsets_inside", spoken(discrete=events("bell"), onsets=(
        EventTime(label="bell", start_s=2.5, end_s=4.0),))),
    ("onsets_inside", spoken(discrete=events("bell"), onsets=(
        EventTime(label="bell", start_s=2.0, end_s=1.0),))),
    ("events_length", spoken(discrete=events("bell", characteristic="long, dark"), onsets=(
        EventTime(label="bell", start_s=0.5, end_s=0.7),))),
    ("events_length", spoken(continuous=events("rain", characteristic="steady, dark"), onsets=(
        EventTime(label="rain", start_s=0.5, end_s=0.7),))),
]  # fmt: skip

PASSES: list[tuple[str, Record]] = [
    ("closed_value", spoken(voice={"gender": "Male"})),
    ("label_empty", spoken(discrete=events("bell"))),
    ("label_repeated", spoken(discrete=events("bell", "church bell"))),
    ("label_unknown", spoken(discrete=events("barking"))),
    ("label_synonym", spoken(discrete=events("bell"))),
    ("accent_vocabulary", spoken(voice={"accent": "British English"})),
    ("prosody_vocabulary", spoken(voice={"prosody": "fast pace, low pitch, wide range"})),
    ("timbre_vocabulary", spoken(voice={"timbre": "dark, rough"})),
    ("description_vocabulary", spoken(description="Speech with rain in the background")),
    ("characteristic_vocabulary", spoken(discrete=events("bell", characteristic="long"))),
    ("too_long", spoken("word " * 400)),
    ("blank", spoken(voice={"prosody": None})),
    ("placeholder", spoken(voice={"accent": "British English"})),
    ("markup", spoken(description="Speech with rain in the background")),
    ("word_errors", spoken("she put the old lamp, on the TABLE", corpus_text=TEXT)),
    ("character_errors", spoken("今天天气 很好。", language="zh", corpus_text="今天天气很好")),
    ("span_dropped", spoken("She put the old lamp on a table.", corpus_text=TEXT)),
    ("span_invented", spoken("She put the lamp.", corpus_text=TEXT)),
    ("text_missing", spoken()),
    ("no_words", spoken("1")),
    ("script", spoken("The café played Чайковский tonight for all of us who came.")),
    ("script", spoken("Она слушает YouTube.", language="ru")),
    ("language", spoken("The weather und the lamp.")),
    ("language", spoken("Ja.", language="xx")),
    ("word_loop", spoken("no no no no no no no")),
    ("word_loop", spoken("the lamp and the table and the door", corpus_text="other")),
    ("character_loop", spoken("Donaudampfschifffahrt", language="de", corpus_text="other")),
    ("text_markup", spoken("5 < 6 and A&B", corpus_text="other")),
    ("broken_text", spoken("Schöner Tag, naïve café", language="de")),
    ("voice_field_missing", spoken(voice={"emotion": None}, known={"emotion": "none"})),
    ("voice_field_without_voice", unspoken()),
    ("known_value", spoken(known={"accent": "none"})),
    ("rate_measured", spoken(measures={"syllables_per_s": 5.9})),
    ("rate_measured", spoken(measures={"syllables_per_s": 9.0, "snr_db": 0.0})),
    ("pitch_measured", spoken(voice={"age": "Child"}, measures={"f0_median_hz": 270.0})),
    ("pitch_measured", spoken(voice={"gender": None}, known={"gender": "none"})),
    ("range_measured", spoken(measures={"f0_range_semitones": 11.0})),
    ("brightness_measured", spoken(measures={"centroid_hz": 1900.0, "snr_db": 12.0})),
    ("brightness_measured", spoken(voice={"timbre": "dark, clear"},
                                   measures={"centroid_hz": 1150.0 * 1.34})),
    ("brightness_measured", spoken(measures={"centroid_hz": 1900.0}, continuous=events("rain",
        characteristic="steady"))),
    ("texture_measured", spoken(voice={"timbre": "balanced, rough"},
                                measures={"f0_perturbation_ratio": 0.012})),
    ("gender_f0", spoken(voice={"gender": "Male"}, measures={
        "f0_median_hz": 210.0, "formant_3_hz": 2450.0})),
    ("gender_f0", spoken(voice={"gender": "Male", "age": "Child"})),
    ("gender_f0", spoken(discrete=events("didgeridoo"), measures={
        "f0_median_hz": 70.0, "formant_3_hz": 2350.0})),
    ("pitch_measured", spoken(discrete=events("didgeridoo"), measures={"f0_median_hz": 70.0})),
    ("range_measured", spoken(discrete=events("didgeridoo"), measures={
        "f0_range_semitones": 0.5})),
    ("age_f0", spoken(measures={"f0_median_hz": 330.0})),
    ("emotion_prosody", spoken(known={"emotion": "none"}, measures={"f0_median_hz": 420.0})),
    ("emotion_prosody", spoken(voice={"emotion": "Fear"}, measures={"f0_median_hz": 420.0})),
    ("texts_agree", spoken(voice={"timbre": "a bright female voice"})),
    ("accent_language", spoken(voice={"accent": "British English"}, language="en-GB")),
    ("caption_closed", spoken(caption={"voice": "Sad at first, then calm."})),
    ("caption_closed", spoken(known={"emotion": "truth"}, caption={"voice": "A sad woman."})),
    ("description_voice", spoken(description="Speech in a quiet room")),
    ("description_sound", spoken(description="Speech with rain in the background",
                                 continuous=events("rain", characteristic="steady, dark"))),
    ("description_quiet", spoken(description="Speech in a quiet room")),
    ("description_category", unspoken("Music, no speech", discrete=events("dog bark", "piano"),
                                      measures=LOUD)),
    ("description_noise", spoken(description="Speech in a noisy place", measures={"snr_db": 9.0},
                                 continuous=events("static", characteristic="steady"))),
    ("description_level", spoken(description="Speech in a quiet room", measures={"snr_db": -80.0})),
    ("description_level", spoken(description="Speech in a quiet room")),
    ("description_level", spoken(description="Speech in a quiet room", measures={
        "snr_db": 1.0, "background_variation_db": 14.0})),
    ("events_silent", unspoken()),
    ("events_caption", spoken(discrete=events("dog bark"),
                              caption={**MODEL, "environment": "A dog barks."})),
    ("events_caption", spoken(discrete=events("bell"))),
    ("caption_events", spoken(caption={**MODEL, "environment": "No bell rings, quiet."})),
    ("events_onsets", spoken(onsets=(BELL,), discrete=events("bell"))),
    ("length", spoken()),
    ("length_measured", spoken(duration_s=3.01)),
    ("characters_per_s", spoken(measures={"speech_s": 0.2})),
    ("words_per_s", spoken("今天天气很好", language="zh")),
    ("syllables_per_s", spoken("Press 1")),
    ("syllables_heard", spoken(measures={"nuclei_count": 5.0})),
    ("syllables_heard", spoken(measures={"nuclei_count": 1.0}, discrete=events("bell"))),
    ("text_for_silence", spoken(measures={"speech_s": 0.0, "pitched_s": 1.0})),
    ("silence_for_text", unspoken(None, measures={**LOUD, "speech_s": 0.5})),
    ("silence_for_text", unspoken(None, measures={**LOUD, "speech_s": 2.0, "snr_db": -80.0})),
    ("silence_for_text", unspoken(None, measures={**LOUD, "speech_s": 2.0,
                                                  "formant_spacing_hz": 2200.0})),
    ("events_count", unspoken(None, discrete=events(*MANY[:5]), measures=LOUD)),
    ("onsets_inside", spoken(onsets=(BELL,), discrete=events("bell"))),
    ("events_length", spoken(onsets=(BELL,), discrete=events("bell"))),
    ("events_length", spoken(onsets=(BELL,), continuous=events("bell"))),
]  # fmt: skip


def _failed(record: Record) -> dict[str, Violation]:
    return {violation.check: violation for violation in validate(record, None, CONFIG)}


@pytest.mark.parametrize(("check", "record"), FAILS, ids=[name for name, _ in FAILS])
def test_a_check_finds_what_it_is_for(check: str, record: Record) -> None:
    found = _failed(record)
    assert check in found
    level = next(level for level, checks in CHECKS.items() if check in checks)
    assert found[check].level == level
    assert found[check].message
    assert found[check].path


@pytest.mark.parametrize(("check", "record"), PASSES, ids=[name for name, _ in PASSES])
def test_a_check_passes_what_is_close_by(check: str, record: Record) -> None:
    assert check not in _failed(record)


def test_every_check_has_a_record_that_fails_it_and_one_that_passes() -> None:
    names = {name for checks in CHECKS.values() for name in checks}
    assert {name for name, _ in FAILS} == names
    assert {name for name, _ in PASSES} == names
    assert sum(map(len, CHECKS.values())) == len(names)


@pytest.mark.parametrize("record", [spoken(), unspoken(), spoken(voice={"emotion": None}, known={
    "emotion": "none"})])  # fmt: skip
def test_a_good_record_passes_every_check(record: Record) -> None:
    assert validate(record, None, CONFIG) == []


def test_a_record_without_evidence_is_judged_by_itself() -> None:
    record = spoken().replace(evidence={})
    assert validate(record, None, CONFIG) == []
    assert "label_unknown" in _failed(record.replace(document=spoken(
        discrete=events("flux capacitor")).document))  # fmt: skip


def test_a_check_can_be_left_out_and_a_wrong_name_is_named() -> None:
    record = spoken(voice={"emotion": None})
    assert validate(record, None, validation_config({"skip": ["voice_field_missing"]})) == []
    with pytest.raises(DataError, match="no check 'voice_field_mising': did you mean 'voice_field"):
        validate(record, None, validation_config({"skip": ["voice_field_mising"]}))


def test_free_texts_are_held_to_no_vocabulary() -> None:
    free = ["accent", "prosody", "timbre", "description", "characteristic", "label"]
    config = validation_config({"ontology": {"free": free}})
    voice: dict[str, str | None] = {"accent": "Cockney", "prosody": "lively", "timbre": "warm"}
    record = spoken(voice=voice, description="In a kitchen", discrete=events(
        "sizzling butter", characteristic="soft"))  # fmt: skip
    assert validate(record, None, config) == []


def test_a_threshold_is_changed_alone_and_a_wrong_key_is_named() -> None:
    changed = validation_config({"logic": {"rate_tolerance": 2.0}})
    assert changed.logic.rate_tolerance == 2.0
    assert changed.logic.pitch_tolerance == CONFIG.logic.pitch_tolerance
    with pytest.raises(DataError, match=r"unknown key 'rate_tolerence'.*did you mean 'rate_tol"):
        validation_config({"logic": {"rate_tolerence": 2.0}})


def test_a_line_that_is_no_record_fails_the_schema() -> None:
    line = spoken().to_json()
    record, violations = validate_line(line, CONFIG)
    assert (record, violations) == (spoken(), [])
    plain = json.loads(line)
    plain["document"]["paralinguistics"]["emotion"] = "Boredom"
    record, (violation,) = validate_line(json.dumps(plain), CONFIG)
    assert record is None
    assert (violation.level, violation.check) == ("ontology", "schema")
    assert violation.path == "document.paralinguistics.emotion"
    assert validate_line("{", CONFIG)[1][0].check == "schema"


def test_a_line_with_a_key_twice_is_no_record() -> None:
    line = spoken().to_json().replace('"age":', '"age":"Child","age":', 1)

    record, (violation,) = validate_line(line, CONFIG)

    assert record is None
    assert (violation.level, violation.check) == ("ontology", "schema")
    assert violation.message == "no record: key 'age' occurs twice: keep one"


@pytest.mark.parametrize("escaped", ["\\u0007", "\\u001B", "\\b", "\\r", "\\u009f", "\x85", "\x7f"])
def test_control_characters_that_reading_strips_are_named(escaped: str) -> None:
    line = spoken().to_json().replace("old lamp", f"old{escaped} lamp", 1)

    record, (violation,) = validate_line(line, CONFIG)

    assert record == spoken()
    assert (violation.level, violation.check) == ("ontology", "control_characters")
    assert (violation.path, violation.evidence) == ("transcription", {"characters": 1.0})


@pytest.mark.parametrize("text", ["a\\nb", "a\tb", "a\\u0007b", "C:\\bin", "\u00e9\u2028"])
def test_characters_that_a_document_can_hold_are_no_control_characters(text: str) -> None:
    _, violations = validate_line(spoken(text).to_json(), CONFIG)

    assert "control_characters" not in {violation.check for violation in violations}


def test_all_that_is_wrong_is_named_at_once() -> None:
    record = spoken("Something else entirely", corpus_text=TEXT, discrete=(
        Event(label="flux", characteristic=""),), duration_s=9.0)  # fmt: skip
    levels = {violation.level for violation in validate(record, None, CONFIG)}
    assert levels == {"ontology", "transcription", "duration"}


def test_every_check_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs/pipeline.md").read_text("utf-8")
    assert all(f"| ontology | `{name}` | " in page for name in (SCHEMA, STRIPPED))
    for level, checks in CHECKS.items():
        for name, check in checks.items():
            sentence = (check.__doc__ or "").strip()
            assert f"| {level} | `{name}` | {sentence} |" in page


def test_measures_of_the_tests_are_those_of_the_describer() -> None:
    assert set(measure(np.zeros(SAMPLE_RATE_HZ, np.float32), "", "en")) <= set(MEASURES)


def test_checks_of_what_a_record_does_not_have_find_nothing() -> None:
    """``validate`` leaves them out, so all that every check finds alone is what it gives."""
    for _, record in (*FAILS, *PASSES):
        case = case_of(record, None, CONFIG)
        alone = [(name, found) for checks in CHECKS.values() for name, check in checks.items()
                 for found in check(case)]  # fmt: skip
        together = [(one.check, one.message) for one in validate(record, None, CONFIG)]
        assert [(name, found.message) for name, found in alone] == together
