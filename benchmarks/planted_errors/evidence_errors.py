"""Errors that only the sound, or the sense of a description, can show."""

from planted_errors.planting import Draft, Registry
from planted_errors.words import load_words
from uas_schema.ontology import (
    format_prosody,
    format_timbre,
    load_ontology,
    parse_prosody,
    parse_timbre,
)

errors = Registry()
_FLIPS = {
    "age": {"Child": "Adult", "Adult": "Child"},
    "gender": {"Male": "Female", "Female": "Male"},
}
_QUIET = {"rate": "slow", "pitch": "low", "range": "narrow"}
_LOUD = {"rate": "fast", "pitch": "high", "range": "wide"}


@errors.add("logical consistency", "evidence")
def gender_swapped(draft: Draft) -> bool:
    """A grown-up man is called a woman, or the other way round."""
    if not draft.speaks or draft.voice["age"] == "Child":
        return False
    draft.voice["gender"] = _FLIPS["gender"][draft.voice["gender"]]
    return True


@errors.add("logical consistency", "evidence")
def man_called_a_child(draft: Draft) -> bool:
    """A man is called a child."""
    return _call(draft, ("Adult", "Male"), "Child")


@errors.add("logical consistency", "evidence")
def woman_called_a_child(draft: Draft) -> bool:
    """A woman is called a child."""
    return _call(draft, ("Adult", "Female"), "Child")


@errors.add("logical consistency", "evidence")
def child_called_an_adult(draft: Draft) -> bool:
    """A child is called a grown-up."""
    if draft.voice["age"] != "Child":
        return False
    draft.voice["age"] = "Adult"
    return True


@errors.add("logical consistency", "evidence")
def elderly_and_adult_swapped(draft: Draft) -> bool:
    """Somebody old is called a grown-up, or the other way round."""
    swapped = {"Adult": "Elderly", "Elderly": "Adult"}
    if draft.voice["age"] not in swapped:
        return False
    draft.voice["age"] = swapped[draft.voice["age"]]
    return True


@errors.add("logical consistency", "evidence")
def pace_flipped(draft: Draft) -> bool:
    """Slow is called fast, or the other way round."""
    return _flip_prosody(draft, "rate")


@errors.add("logical consistency", "evidence")
def pitch_flipped(draft: Draft) -> bool:
    """Low is called high, or the other way round."""
    return _flip_prosody(draft, "pitch")


@errors.add("logical consistency", "evidence")
def range_flipped(draft: Draft) -> bool:
    """Narrow is called wide, or the other way round."""
    return _flip_prosody(draft, "range")


@errors.add("logical consistency", "evidence")
def brightness_flipped(draft: Draft) -> bool:
    """Dark is called bright, or the other way round."""
    levels = parse_timbre(draft.voice["timbre"] or "")
    flips = {"dark": "bright", "bright": "dark"}
    if levels is None or levels["brightness"] not in flips:
        return False
    draft.voice["timbre"] = format_timbre(flips[levels["brightness"]], levels["texture"])
    return True


@errors.add("logical consistency", "evidence")
def texture_flipped(draft: Draft) -> bool:
    """A clear voice is called rough, or the other way round."""
    levels = parse_timbre(draft.voice["timbre"] or "")
    flips = {"clear": "rough", "rough": "clear"}
    if levels is None or levels["texture"] not in flips:
        return False
    draft.voice["timbre"] = format_timbre(levels["brightness"], flips[levels["texture"]])
    return True


@errors.add("logical consistency", "evidence")
def event_invented(draft: Draft) -> bool:
    """A sound is listed that is neither heard nor described."""
    draft.sounds["discreteEvents"].append(
        {"label": _other_label(draft), "characteristic": "short, bright"}
    )
    return True


@errors.add("logical consistency", "evidence")
def event_and_description_invented(draft: Draft) -> bool:
    """Speech in a quiet room is said to have a sound behind it."""
    ontology = load_ontology()
    if draft.sounds["description"] != ontology.scenes["speech_quiet"]:
        return False
    label = _other_label(draft)
    draft.sounds["discreteEvents"].append({"label": label, "characteristic": "short, bright"})
    draft.sounds["description"] = ontology.scenes["speech_over"].format(sound=label)
    return True


@errors.add("logical consistency", "evidence")
def event_removed(draft: Draft) -> bool:
    """Every event is missing, though the description names a sound."""
    if not draft.events:
        return False
    draft.sounds.update(discreteEvents=[], continuousEvents=[])
    return True


@errors.add("logical consistency", "evidence")
def event_and_description_removed(draft: Draft) -> bool:
    """Sounds are heard, and the document knows nothing of them."""
    if not draft.events:
        return False
    scenes = load_ontology().scenes
    draft.sounds.update(discreteEvents=[], continuousEvents=[])
    draft.sounds["description"] = scenes["speech_quiet" if draft.speaks else "silence"]
    return True


@errors.add("logical consistency", "evidence")
def event_renamed(draft: Draft) -> bool:
    """An event has the label of a sound of another category; the description stays."""
    if not draft.events:
        return False
    draft.rng.choice(draft.events)["label"] = _other_label(draft)
    return True


@errors.add("logical consistency", "evidence")
def description_of_another_sound(draft: Draft) -> bool:
    """The description names a sound of another category than any event."""
    if not draft.events:
        return False
    ontology, label = load_ontology(), _other_label(draft)
    scene = ontology.scenes["speech_over" if draft.speaks else ontology.categories[label]]
    draft.sounds["description"] = scene.format(sound=label)
    return True


@errors.add("logical consistency", "evidence")
def description_denies_speech(draft: Draft) -> bool:
    """Somebody speaks, and the description says that nobody does."""
    if not draft.speaks:
        return False
    ontology = load_ontology()
    names = sorted({*ontology.categories.values(), "silence", "noise"})
    draft.sounds["description"] = ontology.scenes[draft.rng.choice(names)]
    return True


@errors.add("logical consistency", "evidence")
def description_claims_speech(draft: Draft) -> bool:
    """Nobody speaks, and the description says that somebody does."""
    if draft.speaks:
        return False
    name = draft.rng.choice(("speech_quiet", "speech_noise"))
    draft.sounds["description"] = load_ontology().scenes[name]
    return True


@errors.add("logical consistency", "evidence")
def noise_invented(draft: Draft) -> bool:
    """A quiet room is called a noisy place."""
    scenes = load_ontology().scenes
    if draft.sounds["description"] != scenes["speech_quiet"]:
        return False
    draft.sounds["description"] = scenes["speech_noise"]
    return True


@errors.add("logical consistency", "evidence")
def emotion_against_prosody(draft: Draft) -> bool:
    """An emotion against the measured voice: sad but fast and high, angry but slow and low."""
    levels = parse_prosody(draft.voice["prosody"] or "")
    if levels is None:
        return False
    loud = sum(levels[part] == level for part, level in _LOUD.items())
    quiet = sum(levels[part] == level for part, level in _QUIET.items())
    if max(loud, quiet) < 2 or min(loud, quiet) > 0:
        return False
    words = load_words()
    wrong = {"Sadness"} if loud else words.loud_voice
    if draft.voice["emotion"] in wrong:
        return False
    draft.voice["emotion"] = draft.rng.choice(sorted(wrong))
    draft.record["known"]["emotion"] = "evidence"
    return True


@errors.add("logical consistency", "evidence")
def acted_emotion_swapped(draft: Draft) -> bool:
    """An emotion that is known is another one of the set."""
    if not draft.speaks or draft.record["known"]["emotion"] != "truth":
        return False
    others = set(load_ontology().closed["emotion"]) - {draft.voice["emotion"]}
    draft.voice["emotion"] = draft.rng.choice(sorted(others))
    return True


@errors.add("logical consistency", "evidence")
def accent_of_another_language(draft: Draft) -> bool:
    """A German accent for English speech, or the other way round."""
    accents = {"en": "Standard German", "de": "North American English"}
    if not draft.speaks or draft.record["language"] not in accents:
        return False
    draft.voice["accent"] = accents[draft.record["language"]]
    return True


@errors.add("logical consistency", "evidence")
def voice_invented(draft: Draft) -> bool:
    """A clip without speech has the text and the voice of another clip of about its length."""
    if draft.speaks:
        return False
    length_s = draft.record["duration_s"]
    spoken = [
        other
        for other in draft.others
        if other["document"]["transcription"] and 0.7 < other["duration_s"] / length_s < 1.4
    ]
    if not spoken:
        return False
    other = draft.rng.choice(spoken)
    draft.say_in_corpus_too(other["document"]["transcription"])
    draft.voice.update(other["document"]["paralinguistics"])
    draft.record["known"].update(other["known"])
    draft.record["language"] = other["language"]
    draft.sounds["description"] = load_ontology().scenes["speech_noise"]
    return True


def _call(draft: Draft, voice: tuple[str, str], age: str) -> bool:
    if (draft.voice["age"], draft.voice["gender"]) != voice:
        return False
    draft.voice["age"] = age
    return True


def _flip_prosody(draft: Draft, part: str) -> bool:
    levels = parse_prosody(draft.voice["prosody"] or "")
    low, _, high = load_ontology().prosody[part].levels
    flips = {low: high, high: low}
    if levels is None or levels[part] not in flips:
        return False
    levels[part] = flips[levels[part]]
    draft.voice["prosody"] = format_prosody(levels["rate"], levels["pitch"], levels["range"])
    return True


def _other_label(draft: Draft) -> str:
    """A label of a category that no event of the record belongs to."""
    categories = load_ontology().categories
    present = {categories.get(event["label"]) for event in draft.events}
    return draft.rng.choice(
        sorted(label for label, name in categories.items() if name not in present)
    )
