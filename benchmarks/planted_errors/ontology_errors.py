"""Errors of form: shape, keys, types, allowed values, unique labels, vocabulary, lengths."""

import json
import random

from planted_errors.gold import JsonObject
from planted_errors.planting import Draft, Registry, to_line
from planted_errors.words import load_words
from uas_schema.ontology import load_ontology

errors = Registry()
_CONTROL = "\x00\x01\x07\x08\x0b\x0c\x1b\x7f\x85\x9f"


@errors.add("ontology")
def value_outside_the_set(draft: Draft) -> bool:
    """A closed field holds a word that is none of its values."""
    if not draft.speaks:
        return False
    name = draft.rng.choice(("age", "gender", "emotion"))
    draft.voice[name] = draft.rng.choice(load_words().closed[name])
    return True


@errors.add("ontology")
def value_in_other_case(draft: Draft) -> bool:
    """A closed field holds "male" or "ADULT"."""
    names = [name for name in ("age", "gender", "emotion") if draft.voice[name]]
    if not names:
        return False
    name = draft.rng.choice(names)
    draft.voice[name] = draft.rng.choice((str.lower, str.upper))(draft.voice[name])
    return True


@errors.add("ontology")
def extra_key(draft: Draft) -> bool:
    """An object has a key that the schema does not know."""
    target = draft.rng.choice(_objects(draft))
    target[draft.rng.choice(load_words().extra_keys)] = draft.rng.choice((None, "", 0.9, "en"))
    return True


@errors.add("ontology")
def missing_key(draft: Draft) -> bool:
    """An object lacks a key."""
    target = draft.rng.choice(_objects(draft))
    del target[draft.rng.choice(sorted(target))]
    return True


@errors.add("ontology")
def repeated_key(draft: Draft) -> bool:
    """An object has a key twice, with two values."""
    name = draft.rng.choice(sorted(draft.voice))
    first = json.dumps({name: draft.rng.choice((None, "Other"))})[1:-1]
    opening = '"paralinguistics": {'
    draft.line = to_line(draft.record).replace(opening, f"{opening}{first}, ", 1)
    return True


@errors.add("ontology")
def wrong_type(draft: Draft) -> bool:
    """A value has another JSON type than the schema says."""
    wrong: list[tuple[JsonObject, str, object]] = [
        (draft.document, "transcription", 12),
        (draft.document, "transcription", ["one", "two"]),
        (draft.document, "paralinguistics", "Adult, Male"),
        (draft.document, "paralinguistics", None),
        (draft.voice, "age", 35),
        (draft.voice, "gender", True),
        (draft.voice, "emotion", ["Neutral"]),
        (draft.voice, "prosody", {"rate": "slow"}),
        (draft.sounds, "description", ["Speech"]),
        (draft.sounds, "discreteEvents", None),
        (draft.sounds, "continuousEvents", {}),
        (draft.document, "nonLinguisticEvents", []),
    ]
    target, name, value = draft.rng.choice(wrong)
    target[name] = value
    return True


@errors.add("ontology")
def event_out_of_shape(draft: Draft) -> bool:
    """A member of an event list is not an object with a label and a characteristic."""
    label = draft.rng.choice(sorted(load_ontology().categories))
    shapes: tuple[object, ...] = (
        label,
        [label, "short, bright"],
        {"label": label},
        {"characteristic": "short, bright"},
        {"label": label, "characteristic": None},
        {"label": None, "characteristic": "short, bright"},
        {"label": label, "characteristic": "short, bright", "start_s": 0.5},
        None,
    )
    _list(draft).append(draft.rng.choice(shapes))
    return True


@errors.add("ontology")
def label_twice_in_a_list(draft: Draft) -> bool:
    """One list names a label twice."""
    event = _any_event(draft)
    names = ("discreteEvents", "continuousEvents")
    name = next((n for n in names if event in draft.sounds[n]), draft.rng.choice(names))
    if event not in draft.sounds[name]:
        draft.sounds[name].append(event)
    draft.sounds[name].append({**event, "characteristic": _characteristic(draft.rng)})
    return True


@errors.add("ontology")
def label_in_both_lists(draft: Draft) -> bool:
    """Both lists name the same label."""
    event = _any_event(draft)
    for name in ("discreteEvents", "continuousEvents"):
        if event not in draft.sounds[name]:
            draft.sounds[name].append({**event, "characteristic": _characteristic(draft.rng)})
    return True


@errors.add("ontology")
def label_twice_in_other_writing(draft: Draft) -> bool:
    """A label is there twice, once in capitals or with blanks around it."""
    event = _any_event(draft)
    if event not in draft.events:
        _list(draft).append(event)
    other = draft.rng.choice((str.upper, str.title, " {} ".format))(event["label"])
    _list(draft).append({"label": other, "characteristic": _characteristic(draft.rng)})
    return True


@errors.add("ontology")
def empty_label(draft: Draft) -> bool:
    """An event has no name."""
    name = draft.rng.choice(("", " ", "\n", "\t "))
    _list(draft).append({"label": name, "characteristic": _characteristic(draft.rng)})
    return True


@errors.add("ontology")
def empty_text(draft: Draft) -> bool:
    """A free text is empty or blank instead of null."""
    fields: list[tuple[JsonObject, str]] = [(draft.sounds, "description")]
    fields += [(draft.voice, name) for name in ("accent", "prosody", "timbre") if draft.speaks]
    fields += [(event, "characteristic") for event in draft.events]
    target, name = draft.rng.choice(fields)
    target[name] = draft.rng.choice(("", " ", "\n"))
    return True


@errors.add("ontology")
def label_outside_the_vocabulary(draft: Draft) -> bool:
    """An event has a name that the ontology does not know."""
    label = draft.rng.choice(load_words().labels)
    _list(draft).append({"label": label, "characteristic": _characteristic(draft.rng)})
    return True


@errors.add("ontology")
def prosody_outside_the_vocabulary(draft: Draft) -> bool:
    """Prosody has another form or other words than the ontology's."""
    if not draft.speaks:
        return False
    draft.voice["prosody"] = draft.rng.choice(load_words().prosody)
    return True


@errors.add("ontology")
def timbre_outside_the_vocabulary(draft: Draft) -> bool:
    """Timbre has another form or other words than the ontology's."""
    if not draft.speaks:
        return False
    draft.voice["timbre"] = draft.rng.choice(load_words().timbre)
    return True


@errors.add("ontology")
def accent_outside_the_vocabulary(draft: Draft) -> bool:
    """Accent is no name of an accent."""
    if not draft.speaks:
        return False
    draft.voice["accent"] = draft.rng.choice(load_words().accents)
    return True


@errors.add("ontology")
def control_characters(draft: Draft) -> bool:
    """A text holds control characters that canonical text cannot."""
    fields: list[tuple[JsonObject, str]] = [(draft.sounds, "description")]
    fields += [(draft.document, "transcription")] if draft.speaks else []
    fields += [(event, "label") for event in draft.events]
    target, name = draft.rng.choice(fields)
    at = draft.rng.randrange(len(target[name]) + 1)
    target[name] = f"{target[name][:at]}{draft.rng.choice(_CONTROL)}{target[name][at:]}"
    return True


@errors.add("ontology")
def text_without_end(draft: Draft) -> bool:
    """A free text goes on for thousands of characters."""
    fields: list[tuple[JsonObject, str]] = [(draft.sounds, "description")]
    fields += [(event, "characteristic") for event in draft.events]
    target, name = draft.rng.choice(fields)
    target[name] = " ".join([target[name]] * draft.rng.randint(200, 400))
    return True


def _objects(draft: Draft) -> list[JsonObject]:
    return [draft.document, draft.voice, draft.sounds, *draft.events]


def _list(draft: Draft) -> list[object]:
    events: list[object] = draft.sounds[draft.rng.choice(("discreteEvents", "continuousEvents"))]
    return events


def _any_event(draft: Draft) -> JsonObject:
    """An event of the record, or a new one where it has none."""
    if draft.events:
        return draft.rng.choice(draft.events)
    label = draft.rng.choice(sorted(load_ontology().categories))
    return {"label": label, "characteristic": _characteristic(draft.rng)}


def _characteristic(rng: random.Random) -> str:
    return f"{rng.choice(('brief', 'short', 'long'))}, {rng.choice(('dark', 'bright'))}"
