"""Errors across fields: what is null must be null together."""

from planted_errors.planting import Draft, Registry
from planted_errors.words import load_words
from uas_schema.ontology import load_ontology

errors = Registry()


@errors.add("logical consistency")
def null_field_beside_a_transcript(draft: Draft) -> bool:
    """Somebody speaks, and a closed field that is known is null."""
    known = draft.record["known"]
    names = [name for name in ("age", "gender", "emotion") if known[name] != "none"]
    if not draft.speaks or not names:
        return False
    draft.voice[draft.rng.choice(names)] = None
    return True


@errors.add("logical consistency")
def null_voice_beside_a_transcript(draft: Draft) -> bool:
    """Somebody speaks, and every field of the voice is null."""
    if not draft.speaks:
        return False
    draft.voice.update(dict.fromkeys(draft.voice))
    return True


@errors.add("logical consistency")
def closed_field_without_a_voice(draft: Draft) -> bool:
    """Nobody speaks, and an age, gender or emotion is given."""
    if draft.speaks:
        return False
    name = draft.rng.choice(("age", "gender", "emotion"))
    draft.voice[name] = draft.rng.choice(load_ontology().closed[name])
    return True


@errors.add("logical consistency")
def free_text_without_a_voice(draft: Draft) -> bool:
    """Nobody speaks, and an accent, prosody or timbre is given."""
    if draft.speaks:
        return False
    texts = {
        "accent": load_ontology().accents[0],
        "prosody": "moderate pace, medium pitch, moderate range",
        "timbre": "balanced, clear",
    }
    name = draft.rng.choice(sorted(texts))
    draft.voice[name] = texts[name]
    return True


@errors.add("logical consistency")
def transcript_without_a_voice(draft: Draft) -> bool:
    """There are words, and every field of the voice is null."""
    if draft.speaks:
        return False
    draft.say(draft.rng.choice(load_words().sentences["en"]))
    return True


@errors.add("logical consistency")
def voice_without_a_transcript(draft: Draft) -> bool:
    """The voice is described, and there is no text."""
    if not draft.speaks:
        return False
    draft.document["transcription"] = None
    return True
