"""Cuts a transcript into cues: what a subtitle shows at a time. Knows nothing of file formats.

Where the times of words are known, a cue ends with a sentence, before a long pause, or when it is
full; else a whole window of the clip is one cue. No time is made up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from uas_server.exports.lines import one_line
from uas_server.service.envelope import Segment, Word
from uas_server.service.merge import spoken_text

_MOST_CHARS = 84  # two lines of 42, the usual measure of subtitles
_MOST_S = 7.0  # how long subtitles stay at most
_PAUSE_S = 0.8  # a silence that separates
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")  # noqa: RUF001 - as in Chinese
_CLOSERS = "\"'”’)]」』"  # noqa: RUF001 - quotes as typeset


@dataclass(frozen=True)
class Cue:
    """One line of text, never empty, and when it is spoken; seconds from the start of the clip."""

    start_s: float
    end_s: float
    text: str


def cues_of(segments: Sequence[Segment]) -> list[Cue]:
    """Cues of a clip's windows, in order of time; none where nobody speaks."""
    return [cue for segment in segments for cue in _of_window(segment)]


def _of_window(segment: Segment) -> Iterator[Cue]:
    words = segment.words or ()
    if words:
        for group in _grouped(words):
            yield from _cue(group[0].start_s, group[-1].end_s, _joined(group))
    else:
        yield from _cue(segment.start_s, segment.end_s, segment.uas.transcription or "")


def _cue(start_s: float, end_s: float, text: str) -> Iterator[Cue]:
    line = one_line(text)
    if line:
        yield Cue(start_s, max(start_s, end_s), line)


def _grouped(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Words that are shown together."""
    group: list[Word] = []
    for word in words:
        if group and _parts(group, word):
            yield group
            group = []
        group.append(word)
    yield group


def _parts(group: Sequence[Word], word: Word) -> bool:
    """Whether a cue ends between a group of words and the next one."""
    return (
        group[-1].word.rstrip(_CLOSERS).endswith(_SENTENCE_ENDS)
        or word.start_s - group[-1].end_s >= _PAUSE_S
        or word.end_s - group[0].start_s > _MOST_S
        or len(_joined([*group, word])) > _MOST_CHARS
    )


def _joined(words: Sequence[Word]) -> str:
    return spoken_text(word.word for word in words)
