"""Tells the container from the first bytes; names and declared media types are never looked at.

Only what is recognised here reaches the demuxer, and the demuxer is told which format to use, so
playlists, documents and archives cannot make it probe for something else.
"""

from enum import Enum

from uas_signal.errors import EmptyAudio, UnsupportedMedia
from uas_signal.stored import Bytes

ID3_HEADER_BYTES = 10


class Container(Enum):
    """A container that is read here; the value is the name of its FFmpeg demuxer."""

    WAV = "wav"
    FLAC = "flac"
    MP3 = "mp3"
    OGG = "ogg"
    WEBM = "matroska"
    M4A = "mov"


def sniff(data: Bytes) -> Container:
    """The container of an audio file.

    Args:
        data: the file, or its beginning. An ID3 tag is skipped where ``data`` reaches beyond it.

    Raises:
        EmptyAudio: there are no bytes.
        UnsupportedMedia: the bytes begin like none of the containers read here.
    """
    if not len(data):
        raise EmptyAudio("The audio is empty: 0 bytes. Send the whole file.")
    if data[:4] in {b"RIFF", b"RF64"} and data[8:12] == b"WAVE":
        return Container.WAV
    if data[:4] == b"OggS":
        return Container.OGG
    if data[:4] == b"\x1a\x45\xdf\xa3":
        return Container.WEBM
    if data[4:8] == b"ftyp":
        return Container.M4A
    start = _after_id3(data)
    if data[start : start + 4] == b"fLaC":
        return Container.FLAC
    if start >= len(data) or _is_mp3_frame(data[start : start + 4]):
        return Container.MP3
    raise UnsupportedMedia(
        "These bytes are not audio that is read here. Send WAV, FLAC, MP3, OGG (Vorbis or Opus), "
        "WebM or M4A."
    )


def _after_id3(data: Bytes) -> int:
    """Offset behind a leading ID3v2 tag; 0 when there is none."""
    if data[:3] != b"ID3" or len(data) < ID3_HEADER_BYTES:
        return 0
    size = 0
    for byte in data[6:ID3_HEADER_BYTES]:  # four bytes of seven bits
        size = size << 7 | byte & 0x7F
    return ID3_HEADER_BYTES + size


def _is_mp3_frame(head: bytes) -> bool:
    """Whether four bytes are a legal MPEG audio layer III frame header."""
    if len(head) < 4:
        return False
    sync = head[0] == 0xFF and head[1] & 0xE0 == 0xE0
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return sync and version != 1 and layer == 1 and bitrate not in {0, 15} and rate != 3
