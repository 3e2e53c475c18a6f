"""Corpus, measures and caption become claims; the surest speaks first.

What a language model adds is a draft: it is taken where the caption or the measures support it, and
never raises how a field is known. Without a draft this is the ``rules`` backend.
"""

from collections.abc import Callable, Iterable

from pydantic import Field

from uas_pipeline.caption.acoustic import is_noise, is_silent
from uas_pipeline.caption.caption import Caption
from uas_pipeline.caption.norms import load_norms
from uas_pipeline.caption.words import age_heard, gender_heard, prosody_heard, timbre_heard
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.synthesize.claims import Claims
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.facts import corpus_facts
from uas_pipeline.synthesize.reading import (
    accents_named,
    closed_value,
    events_listed,
    labels_named,
    prosody_named,
    speaks_of,
    values_named,
)
from uas_schema.document import Event
from uas_schema.ontology import ClosedField, load_ontology, parse_prosody
from uas_schema.records import KnownField
from uas_schema.strict import Strict

_CLOSED: tuple[ClosedField, ...] = ("age", "gender", "emotion")
NOISE = "static"


class Draft(Strict):
    """What a language model writes: everything but the transcription, which is the corpus's."""

    age: str | None
    gender: str | None
    emotion: str | None
    accent: str | None
    prosody: str | None
    timbre: str | None
    description: str | None
    discrete: tuple[Event, ...] = Field(max_length=20)
    continuous: tuple[Event, ...] = Field(max_length=20)


def claims_of(
    recording: Recording, caption: Caption, config: MergeConfig, draft: Draft | None = None
) -> Claims:
    """Claims on a clip. Raises ``Rejected`` for a corpus word that the ontology does not know."""
    claims = Claims()
    speaks = bool(recording.text.strip())
    if speaks:
        for name, value in corpus_facts(recording, config).items():
            claims.claim(name, value, "truth")
        _closed(claims, caption)
        if draft is not None:
            _drafted_closed(claims, caption, draft)
        _measured(claims, caption)
        _read(claims, caption)
        if draft is not None:
            _drafted_free(claims, caption, draft)
    _environment(claims, caption, speaks=speaks)
    if draft is not None:
        _drafted_environment(claims, caption, draft)
    return claims


def _closed(claims: Claims, caption: Caption) -> None:
    """What the caption's text names, then what its measures say."""
    for field in _CLOSED:
        claims.claim(field, closed_value(field, caption), "evidence")
    claims.claim("age", age_heard(caption.measures), "evidence")
    claims.claim("gender", gender_heard(caption.measures), "evidence")


def _drafted_closed(claims: Claims, caption: Caption, draft: Draft) -> None:
    """A drafted value counts where the caption names it, among others perhaps."""
    for field in _CLOSED:
        value = getattr(draft, field)
        if value in values_named(field, caption.voice or ""):
            claims.claim(field, value, "evidence")


def _measured(claims: Claims, caption: Caption) -> None:
    gender, age = claims.texts.get("gender"), claims.texts.get("age")
    claims.claim("prosody", prosody_heard(caption.measures, gender, age), "evidence")
    claims.claim("timbre", timbre_heard(caption.measures, gender, age), "evidence")


def _read(claims: Claims, caption: Caption) -> None:
    text = caption.voice or ""
    accents = accents_named(text)
    claims.claim("accent", next(iter(accents)) if len(accents) == 1 else None, "evidence")
    prosody = prosody_named(text)
    claims.claim("prosody", prosody if prosody and parse_prosody(prosody) else None, "evidence")


def _drafted_free(claims: Claims, caption: Caption, draft: Draft) -> None:
    fields: tuple[KnownField, ...] = ("accent", "prosody", "timbre")
    for field in fields:
        if speaks_of(field, caption.voice):
            claims.claim(field, _said(getattr(draft, field)), "evidence")


def _environment(claims: Claims, caption: Caption, *, speaks: bool) -> None:
    """What the caption lists, then what the levels say."""
    listed = events_listed(caption.environment or "")
    claims.hear(listed.discrete, listed.continuous)
    if listed.discrete or listed.continuous:
        return
    scene = _scene(caption, speaks=speaks)
    if scene is None or labels_named(caption.environment or "") - {NOISE}:
        return
    noise = (Event(label=NOISE, characteristic="steady"),) if "noise" in scene else ()
    claims.claim("description", load_ontology().scenes[scene], "evidence")
    claims.hear(None if noise else (), noise)


def _scene(caption: Caption, *, speaks: bool) -> str | None:
    """Name of the scene that the levels alone show, or None."""
    measures, norms = caption.measures, load_norms()
    if "level_db" not in measures:
        return None
    if not speaks:
        return "silence" if is_silent(measures) else "noise" if is_noise(measures) else None
    loud, _, quiet = norms.scales["quiet"].levels
    level = norms.level("quiet", measures)
    if level == quiet and not measures["background_sounds_count"]:
        return "speech_quiet"
    return "speech_noise" if level == loud and is_noise(measures) else None


def _drafted_environment(claims: Claims, caption: Caption, draft: Draft) -> None:
    """Drafted events whose label the caption names, and a description if anything is said."""
    if not caption.environment:
        return
    named = labels_named(caption.environment)
    if labels_named(draft.description or "") <= named:
        claims.claim("description", _said(draft.description), "evidence")
    if "discreteEvents" not in claims.known:
        claims.hear(_supported(draft.discrete, named), None)
    if "continuousEvents" not in claims.known:
        claims.hear(None, _supported(draft.continuous, named))


def _supported(events: Iterable[Event], named: set[str]) -> tuple[Event, ...]:
    label: Callable[[str], str | None] = load_ontology().event
    kept = {found: event for event in events if (found := label(event.label)) in named}
    return tuple(event.replace(label=found) for found, event in kept.items())


def _said(text: str | None) -> str | None:
    return text.strip() or None if text else None
