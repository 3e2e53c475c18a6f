"""WebVTT subtitles (W3C): cue text is escaped as the format says, so nothing in it is markup."""

import html
from collections.abc import Iterable

from uas_server.exports.cues import Cue
from uas_server.exports.lines import one_line

MEDIA_TYPE = "text/vtt"

_SHORTEST_MS = 1
"""A cue has to end after it begins, also when its only word has no length."""


def vtt(cues: Iterable[Cue]) -> str:
    """The cues as the text of a .vtt file; a file without cues is legal too."""
    return "WEBVTT\n\n" + "".join(map(_block, cues))


def _block(cue: Cue) -> str:
    start_ms = round(cue.start_s * 1000)
    end_ms = max(start_ms + _SHORTEST_MS, round(cue.end_s * 1000))
    text = html.escape(one_line(cue.text), quote=False)
    return f"{_at(start_ms)} --> {_at(end_ms)}\n{text}\n\n"


def _at(milliseconds: int) -> str:
    """Time as HH:MM:SS.mmm."""
    rest_s, rest_ms = divmod(milliseconds, 1000)
    return f"{rest_s // 3600:02}:{rest_s // 60 % 60:02}:{rest_s % 60:02}.{rest_ms:03}"
