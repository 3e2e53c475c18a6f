"""Which formats there are, by the names that callers use."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from uas_server.exports import audacity, csv_table, jsonl, rttm, srt, textgrid, vtt
from uas_server.exports.cues import Cue, cues_of
from uas_server.service.envelope import UasEnvelope


@dataclass(frozen=True)
class Format:
    """How an envelope is written: `render` gives text of this media type."""

    media_type: str
    render: Callable[[UasEnvelope], str]


def _subtitles(write: Callable[[Iterable[Cue]], str]) -> Callable[[UasEnvelope], str]:
    return lambda envelope: write(cues_of(envelope.segments))


FORMATS: Mapping[str, Format] = {
    "jsonl": Format(jsonl.MEDIA_TYPE, jsonl.jsonl),
    "audacity": Format(audacity.MEDIA_TYPE, audacity.audacity),
    "textgrid": Format(textgrid.MEDIA_TYPE, textgrid.textgrid),
    "rttm": Format(rttm.MEDIA_TYPE, rttm.rttm),
    "srt": Format(srt.MEDIA_TYPE, _subtitles(srt.srt)),
    "vtt": Format(vtt.MEDIA_TYPE, _subtitles(vtt.vtt)),
    "csv": Format(csv_table.MEDIA_TYPE, csv_table.csv_table),
}
"""Every format but `json`, which is the envelope itself."""
