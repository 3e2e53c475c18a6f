"""Level "logic", the sounds: description, lists, onsets, caption and levels agree."""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from uas_pipeline.synthesize.reading import labels_named
from uas_pipeline.validate.case import Case, Check, Finding, is_discrete, label_of, plain
from uas_schema.ontology import load_ontology

_PATH = "nonLinguisticEvents.description"
_NOISE = "static"
_HEARS_NO_SOUNDS = "acoustic"  # a caption of this backend names no sound
_named = lru_cache(65_536)(lambda text: frozenset(labels_named(text)))


def description_voice(case: Case) -> Iterable[Finding]:
    """A description of speech has a transcription, one of no speech has none."""
    scene = _scene(case)
    if scene is None or scene.startswith("speech") == (case.text is not None):
        return ()
    speaks = "a transcription" if case.text is not None else "no transcription"
    message = f"the description is {case.heard.description!r}, the document has {speaks}"
    return (Finding(_PATH, message, {"value": case.heard.description or ""}),)


def description_sound(case: Case) -> Iterator[Finding]:
    """A sound that the description names is in one of the lists."""
    description = case.heard.description
    if description is None or "none" in _list_knowledge(case):
        return
    scene = case.scene
    if scene is not None and scene[1] is None:
        return
    named = _named(description) if scene is None else {scene[1]}
    listed = _labels(case)
    for label in sorted(label for label in named if label is not None and label not in listed):
        message = f"the description names {label!r}, which is in no list"
        yield Finding(_PATH, message, {"label": label})


def description_quiet(case: Case) -> Iterable[Finding]:
    """A description of silence or of a quiet room has no events, unless faint ones are free."""
    if _scene(case) not in {"silence", "speech_quiet"} or not case.events:
        return ()
    labels = ", ".join(event.label for _, event in case.events)
    message = f"the description is {case.heard.description!r}, but there are events: {labels}"
    return (Finding(_PATH, message, {"labels": labels}),)


def description_category(case: Case) -> Iterable[Finding]:
    """Without voice, the category that the description names is that of an event."""
    scene = _scene(case)
    if scene not in _categories():
        return ()
    categories = {load_ontology().category(event.label) for _, event in case.events}
    categories.discard(None)
    if scene in categories:
        return ()
    if "none" in _list_knowledge(case):
        return ()
    message = f"the description names a sound of the category {scene!r}, no event is of it"
    return (Finding(_PATH, message, {"categories": ", ".join(sorted(map(str, categories)))}),)


def description_noise(case: Case) -> Iterable[Finding]:
    """Noise in the description is in the list of continuous events."""
    if _scene(case) not in {"noise", "speech_noise"}:
        return ()
    if case.record.known["continuousEvents"] == "none" or case.events:
        return ()
    message = "the description speaks of noise, the lists hold no event"
    return (Finding(_PATH, message, {"value": case.heard.description or ""}),)


def description_level(case: Case) -> Iterable[Finding]:
    """Quiet, noisy and silent places are so by their levels."""
    scene, config, measures = _scene(case), case.config.logic, case.measures
    snr_db = measures.get("snr_db")
    if scene == "silence":
        found = measures.get("level_db", config.sound_above_db)
        name, denied = "level_db", found > config.sound_above_db
    elif scene == "speech_quiet" and snr_db is not None:
        # A background that rises and falls is speech that voice activity missed: no measure.
        steady = measures.get("background_variation_db", 0.0) <= config.steady_background_db
        denied = steady and config.voice_missed_snr_db < snr_db < config.quiet_below_snr_db
        name, found = "snr_db", snr_db
    elif scene == "speech_noise" and snr_db is not None:
        name, found, denied = "snr_db", snr_db, snr_db > config.noisy_above_snr_db
    else:
        return ()
    if not denied:
        return ()
    message = f"the description is {case.heard.description!r}, but the level is {found:.0f} dB"
    return (Finding(_PATH, message, {name: found}),)


def events_silent(case: Case) -> Iterator[Finding]:
    """A clip in which nothing sounds has no events and no voice."""
    if case.measures.get("level_db", 0.0) >= case.config.logic.silent_db:
        return
    if case.text is not None:
        message = "the clip is silent, but has a transcription"
        yield Finding("transcription", message, {"level_db": case.measures["level_db"]})
    for path, event in case.events:
        message = f"the clip is silent, but {event.label!r} is heard"
        yield Finding(path, message, {"level_db": case.measures["level_db"]})


def events_caption(case: Case) -> Iterator[Finding]:
    """An event that is evidence is named by the caption, if the caption hears sounds."""
    text = case.environment_text
    if not text or not case.events or _backend(case) == _HEARS_NO_SOUNDS:
        return
    named = _named(text)
    for path, event in case.events:
        field = "discreteEvents" if is_discrete(path) else "continuousEvents"
        label = label_of(event.label)
        if case.record.known[field] == "evidence" and label is not None and label not in named:  # type: ignore[index] # one of two fields
            message = f"the caption does not name {event.label!r}"
            yield Finding(path, message, {"caption": text[:200]})


def caption_events(case: Case) -> Iterator[Finding]:
    """A sound that the caption names is in one of the lists."""
    text = case.environment_text
    if not text or _backend(case) == _HEARS_NO_SOUNDS or "none" in _list_knowledge(case):
        return
    for label in sorted(_named(text) - _labels(case)):
        message = f"the caption names {label!r}, which is in no list"
        yield Finding("nonLinguisticEvents", message, {"label": label})


def events_onsets(case: Case) -> Iterator[Finding]:
    """Events with a time are those of the lists."""
    onsets = case.record.onsets
    if not onsets:
        return
    listed = {label_of(event.label) or plain(event.label) for _, event in case.events}
    timed = {label_of(onset.label) or plain(onset.label) for onset in onsets}
    for label in sorted(timed - listed):
        message = f"{label!r} has a time, but is in no list"
        yield Finding("nonLinguisticEvents", message, {"label": label})
    for path, event in case.events:
        label = label_of(event.label) or plain(event.label)
        if label not in timed and label != _NOISE:
            message = f"{event.label!r} is in a list, but has no time among those of the others"
            yield Finding(path, message, {"label": label})


SOUND_CHECKS: dict[str, Check] = {
    "description_voice": description_voice,
    "description_sound": description_sound,
    "description_quiet": description_quiet,
    "description_category": description_category,
    "description_noise": description_noise,
    "description_level": description_level,
    "events_silent": events_silent,
    "events_caption": events_caption,
    "caption_events": caption_events,
    "events_onsets": events_onsets,
}


@cache
def _categories() -> frozenset[str]:
    return frozenset(load_ontology().categories.values())


def _scene(case: Case) -> str | None:
    return case.scene[0] if case.scene else None


def _labels(case: Case) -> set[str]:
    return {label_of(event.label) or plain(event.label) for _, event in case.events}


def _list_knowledge(case: Case) -> tuple[str, str]:
    return case.record.known["discreteEvents"], case.record.known["continuousEvents"]


def _backend(case: Case) -> str:
    return str(case.record.evidence.get("caption.backend", ""))
