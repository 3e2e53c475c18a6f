"""Hypothesis strategies of UAS documents, with the strings that break naive serialisers."""

from hypothesis import strategies as st

from uas_schema.document import (
    CLOSED_FIELDS,
    Event,
    NonLinguisticEvents,
    Paralinguistics,
    UasDocument,
)

_NASTY = st.sampled_from(
    [
        *('"', "\\", "\\\\", "\\n", "\\u0041", "/", "\n", "\t", "\r", "\b", "\f"),
        *("\x00", "\x1f", "\x7f", "\x80", "\x9f", "\xa0", "\ud800", "\udfff", "\U0010ffff"),
        *("\xe9", "e\u0301", "\xdf", "\u4f60\u597d", "\u2028", "\u2029", "\ufeff", "\ufffe"),
        *("\ufffd", "\U0001f600", "\U0001f469\u200d\U0001f467", "{{x}}", "<|im_end|>"),
        *("null", '"}]', '},{"label":'),
    ]
)


def texts(max_size: int = 4) -> st.SearchStrategy[str]:
    """Strings of any characters, control characters and lone surrogates among them."""
    parts = st.lists(_NASTY | st.text(max_size=6), max_size=max_size)
    return parts.map("".join)


def events(max_size: int = 4) -> st.SearchStrategy[Event]:
    """Events with any texts, also empty ones."""
    return st.tuples(texts(max_size), texts(max_size)).map(
        lambda both: Event(label=both[0], characteristic=both[1])
    )


def documents(max_events: int = 4, max_size: int = 4) -> st.SearchStrategy[UasDocument]:
    """Documents that keep the null rule, with and without voice."""
    return _voice(max_events, max_size) | _no_voice(max_events, max_size)


def _voice(max_events: int, max_size: int) -> st.SearchStrategy[UasDocument]:
    closed = {name: st.sampled_from(values) for name, values in CLOSED_FIELDS.items()}
    free = {name: st.none() | texts(max_size) for name in ("accent", "prosody", "timbre")}
    voices = st.fixed_dictionaries({**closed, **free})
    listed = st.lists(events(max_size), max_size=max_events)
    parts = st.tuples(texts(max_size), voices, st.none() | texts(max_size), listed, listed)
    return parts.map(lambda values: _document(*values))


def _no_voice(max_events: int, max_size: int) -> st.SearchStrategy[UasDocument]:
    listed = st.lists(events(max_size), max_size=max_events)
    parts = st.tuples(st.none() | texts(max_size), listed, listed)
    return parts.map(lambda values: UasDocument.no_voice(*values))


def _document(
    transcription: str,
    voice: dict[str, str | None],
    description: str | None,
    discrete: list[Event],
    continuous: list[Event],
) -> UasDocument:
    return UasDocument(
        transcription=transcription,
        paralinguistics=Paralinguistics(**voice),
        non_linguistic_events=NonLinguisticEvents(
            description=description,
            discrete_events=tuple(discrete),
            continuous_events=tuple(continuous),
        ),
    )
