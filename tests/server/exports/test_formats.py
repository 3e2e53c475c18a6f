"""Every format, read back by a reader of its own: nothing a text holds breaks out of its place."""

import csv
import io
import json
import re

import pytest
from document_strategies import documents
from hypothesis import given, settings
from hypothesis import strategies as st

from uas_schema.document import UasDocument
from uas_server.examples import UAS_EXAMPLE
from uas_server.exports.csv_table import COLUMNS
from uas_server.exports.formats import FORMATS
from uas_server.exports.lines import one_line
from uas_server.service.envelope import Segment, TimedEvent, UasEnvelope

NASTY = (
    "=1+1",
    "+cmd()",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "'quoted",
    'say "hi", and\nleave\tnow',
    "-->",
    "<script>",
    "\x85\u2028;",
    "",
)


def envelope_of(parts: list[tuple[float, UasDocument]], **changes) -> UasEnvelope:
    """An envelope whose windows have these lengths and documents."""
    segments, at_s = [], 0.0
    for duration_s, document in parts:
        segments.append(Segment(start_s=at_s, end_s=at_s + duration_s, uas=document))
        at_s += duration_s
    example = UasEnvelope.model_validate(UAS_EXAMPLE)
    return example.replace(segments=tuple(segments), **changes)


def with_texts(text: str) -> UasDocument:
    """A document that says the same everywhere it can."""
    document = UasDocument.model_validate(UAS_EXAMPLE["uas"])
    heard = document.non_linguistic_events
    event = heard.discrete_events[0].replace(label=text or "x", characteristic=text)
    return document.replace(
        transcription=text,
        non_linguistic_events=heard.replace(description=text, discrete_events=(event,)),
    )


ENVELOPES = st.lists(
    st.tuples(
        st.floats(0.01, 30.0), st.one_of(documents(), st.sampled_from(NASTY).map(with_texts))
    ),
    min_size=1,
    max_size=4,
).map(envelope_of)


@settings(max_examples=25)
@given(ENVELOPES)
def test_jsonl_gives_the_windows_back(envelope):
    lines = FORMATS["jsonl"].render(envelope).removesuffix("\n").split("\n")
    assert [Segment.model_validate(json.loads(line)) for line in lines] == list(envelope.segments)


@settings(max_examples=25)
@given(ENVELOPES)
def test_csv_gives_the_texts_back_and_no_cell_is_a_formula(envelope):
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"].render(envelope), newline="")))
    assert len(rows) == len(envelope.segments)
    for row, segment in zip(rows, envelope.segments, strict=True):
        assert tuple(row) == COLUMNS
        assert (float(row["start_s"]), float(row["end_s"])) == (segment.start_s, segment.end_s)
        assert row["transcription"].removeprefix("'") == one_line(segment.uas.transcription or "")
        for name, cell in row.items():
            assert not cell.lstrip().startswith(("=", "+", "-", "@")), name


@settings(max_examples=25)
@given(ENVELOPES)
def test_audacity_has_three_fields_a_line(envelope):
    lines = FORMATS["audacity"].render(envelope).splitlines()
    spoken = []
    for line in lines:
        start, end, text = line.split("\t")
        assert 0.0 <= float(start) <= float(end) <= envelope.segments[-1].end_s + 1e-6
        spoken.append(text)
    for segment in envelope.segments:
        if segment.uas.transcription is not None:
            assert one_line(segment.uas.transcription) in spoken


@settings(max_examples=25)
@given(ENVELOPES)
def test_rttm_has_ten_fields_a_line(envelope):
    lines = FORMATS["rttm"].render(envelope).splitlines()
    for line in lines:
        kind, file, channel, start, duration, *rest = line.split(" ")
        assert kind in {"SPEAKER", "NON-SPEECH"}
        assert (file, channel, len(rest)) == (envelope.id, "1", 5)
        assert float(start) >= 0.0
        assert float(duration) >= 0.0
        assert all(rest)
    voiced = [segment for segment in envelope.segments if segment.uas.has_voice]
    assert sum(line.startswith("SPEAKER") for line in lines) == len(voiced)


_INTERVAL = re.compile(r'xmin = (\S+)\n +xmax = (\S+)\n +text = "((?:[^"]|"")*)"\n')


@settings(max_examples=25)
@given(ENVELOPES)
def test_textgrid_tiers_cover_the_clip_and_give_the_texts_back(envelope):
    text = FORMATS["textgrid"].render(envelope)
    tiers = text.split("    item [")[1:]
    assert len(tiers) == 8
    for tier in tiers:
        found = _INTERVAL.findall(tier)
        assert len(found) == len(envelope.segments)
        edges = [(float(start), float(end)) for start, end, _ in found]
        assert edges == [(segment.start_s, segment.end_s) for segment in envelope.segments]
    said = [text.replace('""', '"') for _, _, text in _INTERVAL.findall(tiers[0])]
    assert said == [one_line(each.uas.transcription or "") for each in envelope.segments]


@pytest.mark.parametrize("name", ["audacity", "rttm"])
def test_events_with_times_of_their_own_stand_at_them(name):
    timed = TimedEvent(label="dog bark", start_s=1.25, end_s=1.5)
    envelope = envelope_of([(2.0, with_texts("dog bark"))], events=(timed,))
    lines = FORMATS[name].render(envelope).splitlines()
    assert len(lines) == 2
    assert {"audacity": "1.250000\t1.500000\tdog bark", "rttm": "1 1.250 0.250"}[name] in lines[1]
