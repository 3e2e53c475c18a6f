"""The vocabularies: synonyms, scales, and the free-text fields that they make."""

import pytest

from uas_schema.document import CLOSED_FIELDS
from uas_schema.errors import DataError
from uas_schema.ontology import (
    format_prosody,
    format_timbre,
    load_ontology,
    parse_ontology,
    parse_prosody,
    parse_timbre,
)
from uas_schema.strict import package_text

ONTOLOGY = load_ontology()
TEXT = package_text("ontology.yaml")


def test_closed_fields_have_the_published_values_in_order() -> None:
    assert CLOSED_FIELDS == {
        "age": ("Child", "Adult", "Elderly"),
        "gender": ("Male", "Female"),
        "emotion": ("Anger", "Disgust", "Sadness", "Happiness", "Neutral", "Surprise", "Fear"),
    }


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("furious", "Anger"),
        ("Matter-of-fact", "Neutral"),
        ("  JOYFUL. ", "Happiness"),
        ("scared", "Fear"),
        ("purple", None),
        ("", None),
    ],
)
def test_emotion_words_map_to_seven_classes(word: str, emotion: str | None) -> None:
    assert ONTOLOGY.emotion(word) == emotion


def test_there_are_enough_emotion_words() -> None:
    assert len(ONTOLOGY.synonyms["emotion"]) >= 60


def test_age_and_gender_words() -> None:
    assert ONTOLOGY.age("Toddler") == "Child"
    assert ONTOLOGY.gender("woman") == "Female"
    assert ONTOLOGY.gender("robot") is None


@pytest.mark.parametrize(
    ("years", "age"), [(5, "Child"), (12.9, "Child"), (13, "Adult"), (59, "Adult"), (60, "Elderly")]
)
def test_years_to_age_groups(years: float, age: str) -> None:
    assert ONTOLOGY.age_of_years(years) == age


@pytest.mark.parametrize(
    ("name", "label", "category"),
    [
        ("Barking", "dog bark", "animal"),
        ("dog_bark", "dog bark", "animal"),
        ("piano", "piano", "music"),
        ("thunderstorm", "thunder", "nature"),
        ("Ambulance", "siren", "vehicle"),
        ("shattering nonsense", None, None),
        ("broken glass", "glass break", "household"),
        ("applause", "clapping", "human"),
        ("ringtone", "telephone ring", "alert"),
        ("gunfire", "gunshot", "impact"),
        ("hammering", "hammer", "machine"),
    ],
)
def test_event_names(name: str, label: str | None, category: str | None) -> None:
    assert ONTOLOGY.event(name) == label
    assert ONTOLOGY.category(name) == category


def test_every_label_is_a_lower_case_name_of_itself() -> None:
    for label in ONTOLOGY.categories:
        assert label == label.lower()
        assert ONTOLOGY.event(label) == label


def test_prosody_and_timbre_texts_go_there_and_back() -> None:
    text = format_prosody("slow", "low", "wide")
    assert text == "slow pace, low pitch, wide range"
    assert parse_prosody(text) == {"rate": "slow", "pitch": "low", "range": "wide"}
    assert parse_prosody("Slow pace, low pitch, huge range") is None
    assert parse_prosody("slow") is None
    assert parse_timbre(format_timbre("bright", "rough")) == {
        "brightness": "bright",
        "texture": "rough",
    }
    assert parse_timbre("bright, purple") is None


def test_scales_turn_measures_into_words() -> None:
    pitch, rate = ONTOLOGY.prosody["pitch"], ONTOLOGY.prosody["rate"]
    assert [rate.level(value) for value in (2, 3.5, 9)] == ["slow", "moderate", "fast"]
    assert pitch.level(160, voice="Male") == "high"
    assert pitch.level(160, voice="Female") == "low"
    with pytest.raises(DataError, match="no bounds for voice 'Femal': did you mean 'Female'"):
        pitch.level(160, voice="Femal")


def test_every_scale_names_its_source_and_fits_its_levels() -> None:
    for scale in (*ONTOLOGY.prosody.values(), *ONTOLOGY.timbre.values()):
        assert scale.source
        for bounds in scale.bounds.values():
            assert len(bounds) == len(scale.levels) - 1
            assert list(bounds) == sorted(bounds)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("accents:", "acents:", "unknown key 'acents' at acents: did you mean 'accents'"),
        ("    source: Ours, thirds", "    sauce: x\n    source: Ours,", "did you mean 'source'"),
        ("[sad,", "[furious,", "'furious' means 'Anger' and 'Sadness': keep one"),
        ("child_below: 13", "child_below: young", "age_years.child_below: Input should be a valid"),
        ("accents:", "accents: [", "is not YAML"),
    ],
)
def test_a_bad_file_names_the_place_and_the_fix(old: str, new: str, message: str) -> None:
    bad = TEXT.replace("[sadness, sad,", "[sad,").replace(old, new, 1)
    with pytest.raises(DataError) as raised:
        parse_ontology(bad, "test.yaml")
    assert "test.yaml" in str(raised.value)
    assert message in str(raised.value)
