"""SubRip subtitles. The format has no specification and no escapes; players show tags as markup.

So `<` and `>` are written as `&lt;` and `&gt;`, which players that know markup show as they are and
a web page cannot take for a tag; `-->` is broken by it too. A `&` is left alone, unless it would
then be read as one of these.
"""

import re
from collections.abc import Iterable

from uas_server.exports.cues import Cue
from uas_server.exports.lines import one_line

MEDIA_TYPE = "application/x-subrip"

_LOOKS_ESCAPED = re.compile(r"&(?=(?:amp|lt|gt);)")


def srt(cues: Iterable[Cue]) -> str:
    """The cues as the text of an .srt file; "" for none."""
    return "".join(
        f"{number}\n{_at(cue.start_s)} --> {_at(cue.end_s)}\n{_escaped(cue.text)}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def _at(seconds: float) -> str:
    """Time as HH:MM:SS,mmm."""
    rest_s, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{rest_s // 3600:02}:{rest_s // 60 % 60:02}:{rest_s % 60:02},{milliseconds:03}"


def _escaped(text: str) -> str:
    line = _LOOKS_ESCAPED.sub("&amp;", one_line(text))
    return line.replace("<", "&lt;").replace(">", "&gt;")
