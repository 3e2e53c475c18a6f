"""Errors of content against the length of the clip."""

from planted_errors.planting import Draft, Registry
from uas_schema.ontology import load_ontology

errors = Registry()
_WORDS_PER_SECOND = 9.0  # nobody speaks as fast over a whole clip
_LONG_SPEECH_S = 4.0


@errors.add("duration-content alignment")
def more_words_than_time(draft: Draft) -> bool:
    """Corpus and document agree on a text that cannot be said in the time."""
    if not draft.speaks:
        return False
    wanted = int(_WORDS_PER_SECOND * draft.rng.uniform(1, 3) * draft.record["duration_s"]) + 5
    words: list[str] = []
    while len(words) < wanted:
        words += (draft.rng.choice(draft.others)["document"]["transcription"] or "").split()
    draft.say_in_corpus_too(" ".join(words))
    return True


@errors.add("duration-content alignment")
def one_word_for_a_long_clip(draft: Draft) -> bool:
    """Corpus and document agree on one word for seconds of speech."""
    if not draft.speaks or draft.record["duration_s"] < _LONG_SPEECH_S or draft.events:
        return False
    draft.say_in_corpus_too(draft.rng.choice(draft.words))
    return True


@errors.add("duration-content alignment")
def more_events_than_time(draft: Draft) -> bool:
    """Dozens of sounds in a clip of seconds."""
    rng = draft.rng
    taken = {event["label"] for event in draft.events}
    labels = sorted(set(load_ontology().categories) - taken)
    wanted = min(len(labels), int(10 * draft.record["duration_s"]) + 20)
    for label in rng.sample(labels, wanted):
        name = rng.choice(("discreteEvents", "continuousEvents"))
        draft.sounds[name].append({"label": label, "characteristic": "short, bright"})
    return True


@errors.add("duration-content alignment")
def event_after_the_end(draft: Draft) -> bool:
    """An event sounds when the clip is over."""
    if not draft.record["onsets"]:
        return False
    onset = draft.rng.choice(draft.record["onsets"])
    late_s = draft.record["duration_s"] + draft.rng.uniform(0.5, 5)
    length_s = onset["end_s"] - onset["start_s"]
    onset.update(start_s=round(late_s, 3), end_s=round(late_s + length_s, 3))
    return True


@errors.add("duration-content alignment")
def event_longer_than_the_clip(draft: Draft) -> bool:
    """An event begins in the clip and ends seconds after it."""
    if not draft.record["onsets"]:
        return False
    onset = draft.rng.choice(draft.record["onsets"])
    onset["end_s"] = round(draft.record["duration_s"] + draft.rng.uniform(0.5, 5), 3)
    return True


@errors.add("duration-content alignment")
def event_ends_before_it_starts(draft: Draft) -> bool:
    """The times of an event are the wrong way round."""
    if not draft.record["onsets"]:
        return False
    onset = draft.rng.choice(draft.record["onsets"])
    onset.update(start_s=onset["end_s"], end_s=onset["start_s"])
    return bool(onset["start_s"] > onset["end_s"])


@errors.add("duration-content alignment", "evidence")
def slow_text(draft: Draft) -> bool:
    """Corpus and document agree on the first quarter of what is said."""
    if len(draft.words) < 8 or draft.events:
        return False
    draft.say_in_corpus_too(" ".join(draft.words[: len(draft.words) // 4]))
    return True


@errors.add("duration-content alignment", "evidence")
def doubled_text(draft: Draft) -> bool:
    """Corpus and document agree on twice as much text as is said."""
    if not draft.speaks:
        return False
    draft.say_in_corpus_too(" ".join(draft.words * 2))
    return True


@errors.add("duration-content alignment", "evidence")
def brief_event_called_continuous(draft: Draft) -> bool:
    """A sound of a moment is listed among those that go on."""
    brief = [e for e in draft.sounds["discreteEvents"] if e["characteristic"].startswith("brief")]
    if not brief:
        return False
    event = draft.rng.choice(brief)
    draft.sounds["discreteEvents"].remove(event)
    draft.sounds["continuousEvents"].append({**event, "characteristic": "steady, balanced"})
    return True
