"""Subtitles hold what was said when it was said, whatever characters it is made of."""

import html
import io
import re

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_schema.document import Paralinguistics, UasDocument
from uas_server.exports.cues import Cue, cues_of
from uas_server.exports.lines import one_line
from uas_server.exports.srt import srt
from uas_server.exports.vtt import vtt
from uas_server.service.envelope import Segment, Word

NASTY = (
    "a --> b",
    "00:00:00,000 --> 00:00:01,000",
    "<script>alert(1)</script>",
    "</c><b>bold",
    "one\n\ntwo\r\n3",
    "NOTE this",
    "WEBVTT",
    "&lt;b&gt; &amp;amp; AT&T &copy",
    "line\u2028sep\u0085next\x00\x1b[31m",
    "42",
    "{\\an8}top",
    "<c.red>&#x3c;",
)
TEXTS = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=30), st.text("<>-&;\nltgamp ", max_size=20)
)
SPANS = st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 10_000), TEXTS), max_size=6)
"""Pause before a cue and its length, in milliseconds, and its text."""


def cues(spans: list[tuple[int, int, str]]) -> list[Cue]:
    """Cues one after the other, in whole milliseconds."""
    at_ms, found = 0, []
    for pause_ms, length_ms, text in spans:
        start_ms, at_ms = at_ms + pause_ms, at_ms + pause_ms + length_ms
        if one_line(text):
            found.append(Cue(start_ms / 1000, at_ms / 1000, one_line(text)))
    return found


def read_by_ffmpeg(text: str, kind: str) -> list[tuple[float, float, str]]:
    """Start, end and raw text of every cue, as FFmpeg's demuxers read them."""
    with av.open(io.BytesIO(text.encode()), format=kind) as opened:
        base = float(opened.streams[0].time_base)
        return [
            (packet.pts * base, (packet.pts + packet.duration) * base, bytes(packet).decode())
            for packet in opened.demux()
            if packet.pts is not None
        ]


def browser_text(raw: str) -> str:
    """What a browser shows of a cue: tags go, entities are resolved."""
    return html.unescape(re.sub(r"<[^>]*>?", "", raw))


def player_text(raw: str) -> str:
    """What a player shows of an SRT cue: tags go, the three entities are resolved."""
    shown = re.sub(r"<[^>]*>", "", raw)
    return re.sub("&(lt|gt|amp);", lambda m: {"lt": "<", "gt": ">", "amp": "&"}[m[1]], shown)


@pytest.mark.parametrize(
    ("write", "kind", "shown"), [(srt, "srt", player_text), (vtt, "webvtt", browser_text)]
)
@given(SPANS)
def test_what_is_written_is_read_back(write, kind, shown, spans):
    wanted = cues(spans)
    text = write(wanted)
    if not wanted:
        assert text in ("", "WEBVTT\n\n")
        return
    found = read_by_ffmpeg(text, kind)
    assert [shown(raw) for _, _, raw in found] == [cue.text for cue in wanted]
    for (start_s, end_s, _), cue in zip(found, wanted, strict=True):
        assert start_s == pytest.approx(cue.start_s, abs=0.0011)
        assert end_s == pytest.approx(cue.end_s, abs=0.0011)


@pytest.mark.parametrize("write", [srt, vtt])
@given(SPANS)
def test_nothing_in_a_text_is_markup_or_a_new_cue(write, spans):
    wanted = cues(spans)
    body = write(wanted)
    assert body.count("-->") == len(wanted)
    assert "<" not in body
    assert len(body.split("\n\n")) == len(wanted) + (2 if write is vtt else 1)


def test_times_beyond_a_day_and_without_length():
    late = [Cue(90_000.0004, 90_000.0004, "late")]
    assert srt(late) == "1\n25:00:00,000 --> 25:00:00,000\nlate\n\n"
    assert vtt(late) == "WEBVTT\n\n25:00:00.000 --> 25:00:00.001\nlate\n\n"


def spoken(*words: tuple[str, float, float], text: str | None = None) -> Segment:
    """A window of 30 s with these words, or with a text whose words are not known."""
    said = text if text is not None else " ".join(word for word, _, _ in words)
    voice = dict.fromkeys(Paralinguistics.model_fields) | {"age": "Adult"}
    document = UasDocument.no_voice("speech").replace(
        transcription=said, paralinguistics=Paralinguistics(**voice)
    )
    timed = tuple(Word(word=w, start_s=s, end_s=e, probability=0.9) for w, s, e in words)
    return Segment(start_s=0.0, end_s=30.0, uas=document, words=timed or None)


def test_a_cue_ends_with_a_sentence_and_before_a_pause():
    window = spoken(
        ("Hello,", 0.5, 0.9), ("you.", 1.0, 1.3), ("Well", 1.4, 1.6), ("then", 2.5, 2.6)
    )
    assert cues_of([window]) == [
        Cue(0.5, 1.3, "Hello, you."),
        Cue(1.4, 1.6, "Well"),
        Cue(2.5, 2.6, "then"),
    ]


def test_a_cue_is_bounded_in_time_and_length():
    words = [(f"word{i}", i * 0.5, i * 0.5 + 0.4) for i in range(50)]
    found = cues_of([spoken(*words)])
    assert all(len(cue.text) <= 84 and cue.end_s - cue.start_s <= 7.0 for cue in found)
    assert " ".join(cue.text for cue in found) == " ".join(word for word, _, _ in words)


def test_a_window_whose_words_are_not_known_is_one_cue():
    silent = Segment(start_s=30.0, end_s=40.0, uas=UasDocument.no_voice("rain"), words=())
    assert cues_of([spoken(text="all of it"), silent]) == [Cue(0.0, 30.0, "all of it")]
