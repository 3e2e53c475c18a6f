"""Containers are told by content, and nothing else gets through."""

import zipfile
from io import BytesIO

import pytest

from uas_signal.errors import EmptyAudio, UnsupportedMedia
from uas_signal.sniff import Container, sniff

CONTAINERS = {
    "wav": Container.WAV,
    "wav_float": Container.WAV,
    "flac": Container.FLAC,
    "mp3": Container.MP3,
    "ogg_vorbis": Container.OGG,
    "ogg_opus": Container.OGG,
    "webm_opus": Container.WEBM,
    "m4a_aac": Container.M4A,
    "m4a_alac": Container.M4A,
}


def an_id3_tag(size: int) -> bytes:
    return b"ID3\x04\x00\x00" + bytes([0, 0, size >> 7, size & 0x7F]) + bytes(size)


def a_zip() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("speech.wav", b"RIFF....WAVE")
    return file.getvalue()


NOT_AUDIO = {
    "text": b"Please transcribe this.",
    "utf16_text": "Please transcribe this.".encode("utf-16"),
    "m3u8": b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n",
    "playlist": b"[playlist]\nFile1=/etc/passwd\nNumberOfEntries=1\n",
    "concat_script": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "concat_protocol": b"concat:/etc/passwd|/etc/hostname",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    "html": b"<!doctype html><html><audio src=a.wav></html>",
    "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(64),
    "gzip": b"\x1f\x8b\x08" + bytes(32),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(32),
    "avi": b"RIFF\x00\x00\x00\x00AVI LIST",
    "zeros": bytes(4096),
    "text_behind_an_id3_tag": an_id3_tag(300) + b"#EXTM3U\n",
    "zip": a_zip(),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_tells_the_container(clips: dict[str, bytes], kind: str) -> None:
    assert sniff(clips[kind]) is CONTAINERS[kind]


@pytest.mark.parametrize("kind", ["mp3", "flac"])
def test_looks_behind_an_id3_tag(clips: dict[str, bytes], kind: str) -> None:
    assert sniff(an_id3_tag(300) + clips[kind]) is CONTAINERS[kind]


@pytest.mark.parametrize("name", NOT_AUDIO)
def test_wrong_type_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedMedia, match="Send WAV, FLAC, MP3, OGG"):
        sniff(NOT_AUDIO[name])


def test_nothing_is_empty_not_unsupported() -> None:
    with pytest.raises(EmptyAudio, match="0 bytes"):
        sniff(b"")
