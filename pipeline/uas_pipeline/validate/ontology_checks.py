"""Level "ontology": values, labels and words are the ontology's. Nothing here needs the sound."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from uas_pipeline.validate.case import Case, Check, Finding, is_discrete, label_of, plain
from uas_schema.document import CLOSED_FIELDS
from uas_schema.ontology import load_ontology, parse_prosody, parse_timbre
from uas_schema.rules import MAX_LABEL, MAX_PHRASE, MAX_TRANSCRIPT

_CACHE_SIZE = 65_536
_prosody = lru_cache(_CACHE_SIZE)(parse_prosody)
_timbre = lru_cache(_CACHE_SIZE)(parse_timbre)


def closed_value(case: Case) -> Iterator[Finding]:
    """Age, gender and emotion have one of their values, or null."""
    for field, values in CLOSED_FIELDS.items():
        value = getattr(case.voice, field)
        if value is not None and value not in values:
            message = f"{field} {value!r} is none of {', '.join(values)}"
            yield Finding(f"paralinguistics.{field}", message, {"value": str(value)})


def label_empty(case: Case) -> Iterator[Finding]:
    """Every event has a label."""
    for path, event in case.events:
        if not plain(event.label):
            message = "an event has no label: name the sound"
            yield Finding(f"{path}.label", message, {"value": event.label})


def label_repeated(case: Case) -> Iterator[Finding]:
    """No sound is named twice in both lists, not by a synonym either."""
    if len(case.events) < 2:
        return
    seen: dict[str, str] = {}
    for path, event in case.events:
        name = label_of(event.label) or plain(event.label)
        if name in seen:
            message = f"{event.label!r} names the same sound as {seen[name]!r}: keep one"
            yield Finding(f"{path}.label", message, {"value": event.label, "first": seen[name]})
        seen.setdefault(name, event.label)


def label_unknown(case: Case) -> Iterator[Finding]:
    """Every label, or the name it is a synonym of, is in the ontology."""
    if "label" in case.config.ontology.free:
        return
    for path, event in case.events:
        if label_of(event.label) is None and plain(event.label):
            message = f"label {event.label!r} is not in the ontology: add it, or free labels"
            yield Finding(f"{path}.label", message, {"value": event.label})


def label_synonym(case: Case) -> Iterator[Finding]:
    """A sound goes by the ontology's label, not by a synonym."""
    if "label" in case.config.ontology.free:
        return
    for path, event in case.events:
        label = label_of(event.label)
        if label is not None and label != event.label:
            message = f"{event.label!r} goes by the label {label!r}"
            yield Finding(f"{path}.label", message, {"value": event.label, "label": label})


def accent_vocabulary(case: Case) -> Iterable[Finding]:
    """The accent is one of the ontology's, unless accents are free."""
    accent = case.voice.accent
    if accent is None or accent in _accents() or "accent" in case.config.ontology.free:
        return ()
    message = f"accent {accent!r} is not in the ontology: add it, or free accents"
    return (Finding("paralinguistics.accent", message, {"value": accent}),)


def prosody_vocabulary(case: Case) -> Iterable[Finding]:
    """Prosody has the form and the levels of the ontology, unless it is free."""
    prosody = case.voice.prosody
    if prosody is None or _prosody(prosody) or "prosody" in case.config.ontology.free:
        return ()
    message = f"prosody {prosody!r} is not of the form 'slow pace, low pitch, narrow range'"
    return (Finding("paralinguistics.prosody", message, {"value": prosody}),)


def timbre_vocabulary(case: Case) -> Iterable[Finding]:
    """Timbre has the form and the levels of the ontology, unless it is free."""
    timbre = case.voice.timbre
    if timbre is None or _timbre(timbre) or "timbre" in case.config.ontology.free:
        return ()
    message = f"timbre {timbre!r} is not of the form 'bright, clear'"
    return (Finding("paralinguistics.timbre", message, {"value": timbre}),)


def description_vocabulary(case: Case) -> Iterable[Finding]:
    """The description is one of the ontology's scenes, unless it is free."""
    description = case.heard.description
    if description is None or "description" in case.config.ontology.free:
        return ()
    if case.scene is not None:
        return ()
    message = f"description {description!r} is none of the ontology's scenes"
    return (Finding("nonLinguisticEvents.description", message, {"value": description}),)


def characteristic_vocabulary(case: Case) -> Iterator[Finding]:
    """A discrete event is "short, dark", a continuous one "steady, dark", unless they are free."""
    config = case.config.ontology
    if "characteristic" in config.free:
        return
    for path, event in case.events:
        first = config.discrete_words if is_discrete(path) else config.continuous_words
        parts = event.characteristic.split(", ")
        named = parts[0] in first and (len(parts) == 1 or parts[1] in config.colour_words)
        if not named or len(parts) > 2:
            message = (
                f"characteristic {event.characteristic!r} is not one of {', '.join(sorted(first))},"
                f" with one of {', '.join(sorted(config.colour_words))}"
            )
            yield Finding(f"{path}.characteristic", message, {"value": event.characteristic})


def too_long(case: Case) -> Iterator[Finding]:
    """No text is longer than its field makes sense of."""
    if case.text is not None and len(case.text) > MAX_TRANSCRIPT:
        yield _too_long("transcription", case.text, MAX_TRANSCRIPT)
    for path, text in case.phrases:
        limit = MAX_LABEL if path.endswith("label") else MAX_PHRASE
        if len(text) > limit:
            yield _too_long(path, text, limit)


def blank(case: Case) -> Iterator[Finding]:
    """A text that is there says something, without white space around it."""
    for path, text in case.phrases:
        if text != text.strip() or (not text and not path.endswith("label")):
            message = f"{text!r} is empty or has white space around it: strip it or give null"
            yield Finding(path, message, {"value": text})


def placeholder(case: Case) -> Iterator[Finding]:
    """No text is a word for "nothing", such as "N/A": that is null."""
    words = case.config.ontology.placeholders
    for path, text in case.phrases:
        if plain(text) in words:
            message = f"{text!r} says nothing: give null"
            yield Finding(path, message, {"value": text})


def markup(case: Case) -> Iterator[Finding]:
    """No phrase holds code, tags or control tokens."""
    for path, text in case.phrases:
        if (found := _markup(text)) is not None:
            message = f"{found[0]!r} is markup, not description"
            yield Finding(path, message, {"value": text})


MARKUP = re.compile(r"```|<\|?/?[\w|]+\|?>|\{[^}]*\}|\\[nt\"]|\[/?[A-Z]+\]|https?://|&\w+;")
_markup = lru_cache(_CACHE_SIZE)(MARKUP.search)  # phrases are few and come again

ONTOLOGY_CHECKS: dict[str, Check] = {
    "closed_value": closed_value,
    "label_empty": label_empty,
    "label_repeated": label_repeated,
    "label_unknown": label_unknown,
    "label_synonym": label_synonym,
    "accent_vocabulary": accent_vocabulary,
    "prosody_vocabulary": prosody_vocabulary,
    "timbre_vocabulary": timbre_vocabulary,
    "description_vocabulary": description_vocabulary,
    "characteristic_vocabulary": characteristic_vocabulary,
    "too_long": too_long,
    "blank": blank,
    "placeholder": placeholder,
    "markup": markup,
}


def _too_long(path: str, text: str, limit: int) -> Finding:
    message = f"{len(text)} characters, at most {limit} make sense"
    return Finding(path, message, {"value": text[:MAX_LABEL], "characters": float(len(text))})


@lru_cache(1)
def _accents() -> frozenset[str]:
    return frozenset(load_ontology().accents)
