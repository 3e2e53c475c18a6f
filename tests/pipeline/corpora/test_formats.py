"""Every corpus format: the clips it lists, their sound, and what it does with bad entries."""

import gzip
import json
import os
import tarfile
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from toy_corpora import (
    MAKERS,
    TEXTS,
    huggingface,
    jsonl,
    kaldi,
    lhotse_cuts,
    lhotse_recording,
    lhotse_supervised,
    lhotse_supervisions,
    librispeech,
    tar_of,
    tone_file,
    webdataset,
    write,
)

from uas_pipeline.corpora.formats import CorpusFormat
from uas_pipeline.corpora.protocol import BadEntry, Corpus, Entry
from uas_pipeline.corpora.sound import read_sound
from uas_pipeline.errors import CorpusError, Rejected
from uas_schema.ontology import load_ontology

DEFAULTS = {"name": "toy", "licence": "CC0-1.0", "language": "en"}


def _corpus(settings: dict[str, object]) -> Corpus:
    corpus: Corpus = TypeAdapter(CorpusFormat).validate_python(DEFAULTS | settings)
    return corpus


def _list(folder: Path, settings: dict[str, object]) -> list[Entry | BadEntry]:
    return list(_corpus(settings).entries(folder))


def _bad(folder: Path, settings: dict[str, object]) -> list[tuple[str, str]]:
    return [
        (entry.place, entry.reason)
        for entry in _list(folder, settings)
        if isinstance(entry, BadEntry)
    ]


@pytest.mark.parametrize("name", MAKERS)
def test_a_format_lists_its_clips_with_their_sound(name: str, tmp_path: Path) -> None:
    entries = _list(tmp_path, MAKERS[name](tmp_path))
    clips = {entry.recording.text: entry.recording for entry in entries}  # type: ignore[union-attr]
    assert set(clips) == set(TEXTS.values())
    for clip in clips.values():
        assert len(read_sound(clip)) == pytest.approx(8_000, rel=0.2)  # MP3 is padded
        assert (clip.corpus, clip.language) == ("toy", "en")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("jsonl", {"gender": "Female", "age": "Adult", "emotion": "Happiness", "split": "train"}),
        ("kaldi", {"gender": "Female", "emotion": None, "split": "train"}),
        ("librispeech", {"gender": "Female", "emotion": None, "split": "development"}),
        ("common_voice", {"gender": "Male", "age": "Adult", "emotion": None, "split": "train"}),
        ("huggingface", {"gender": None, "emotion": "Happiness", "split": "development"}),
        ("webdataset", {"gender": "Female", "emotion": None, "split": "train"}),
        ("lhotse_cuts", {"gender": "Female", "emotion": "Happiness", "split": "train"}),
    ],
)
def test_what_a_corpus_knows_passes_through(
    name: str, known: dict[str, str | None], tmp_path: Path
) -> None:
    entries = _list(tmp_path, MAKERS[name](tmp_path))
    clips = [entry.recording for entry in entries if isinstance(entry, Entry)]
    clip = next(clip for clip in clips if clip.text == TEXTS["a"])
    ontology = load_ontology()
    found = {
        "gender": ontology.gender(clip.voice.gender or ""),
        "age": ontology.age(clip.voice.age or ""),
        "emotion": ontology.emotion(clip.emotion) if clip.emotion_known == "truth" else None,
        "split": clip.split,
    }
    assert {key: found[key] for key in known} == known


def test_a_line_that_is_not_utf8_or_does_not_fit_is_named(tmp_path: Path) -> None:
    settings = jsonl(tmp_path)
    with (tmp_path / "manifest.jsonl").open("ab") as file:
        file.write('{"id": "c", "audio": "c.flac", "text": "café"}\n'.encode("latin-1"))
        file.write(b'{"id": "d", "audio": "d.flac", "txt": "hello"}\n{"id": \n[]\n')
    assert _bad(tmp_path, settings) == [
        ("manifest.jsonl line 3", "wrong_encoding"),
        ("manifest.jsonl line 4", "bad_entry"),
        ("manifest.jsonl line 5", "bad_entry"),
        ("manifest.jsonl line 6", "bad_entry"),
    ]
    messages = [e.message for e in _list(tmp_path, settings) if isinstance(e, BadEntry)]
    assert messages[0] == "not UTF-8 at byte 43: b'\\xe9'; save the file as UTF-8"
    assert messages[1] == "unknown key 'txt' at txt: did you mean 'text'?"


@pytest.mark.parametrize(
    "settings",
    [
        {"format": "jsonl", "manifest": "none.jsonl"},
        {"format": "kaldi", "data": "none"},
        {"format": "librispeech", "root": "none"},
        {"format": "common_voice", "root": "none"},
        {"format": "huggingface", "files": "none/*.parquet"},
        {"format": "webdataset", "files": "none/*.tar"},
        {"format": "lhotse", "cuts": "none.jsonl"},
    ],
)
def test_a_missing_corpus_is_one_clear_error(settings: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"none|no parts in"):
        _list(tmp_path, settings)


def test_kaldi_never_runs_a_command(tmp_path: Path) -> None:
    settings = kaldi(tmp_path)
    (tmp_path / "data/segments").unlink()
    ran = tmp_path / "ran"
    write(tmp_path / "data/wav.scp", f"a touch {ran} |\nb rec.wav\nc rec.wav\n")
    bad = _bad(tmp_path, settings)
    assert bad == [("wav.scp line 1", "command"), ("wav.scp line 3", "no_text")]
    assert not ran.exists()


def test_kaldi_names_segments_that_do_not_fit(tmp_path: Path) -> None:
    settings = kaldi(tmp_path)
    write(tmp_path / "data/segments", "a rec 0.0\na other 0 1\nb rec 0.5 1.0\n")
    write(tmp_path / "data/utt2spk", "a s\na t\n")
    assert _bad(tmp_path, settings) == [
        ("utt2spk line 2", "duplicate_id"),
        ("segments line 1", "bad_entry"),
        ("segments line 2", "missing_audio"),
    ]


def test_a_cut_outside_its_file_is_refused(tmp_path: Path) -> None:
    settings = kaldi(tmp_path)
    write(tmp_path / "data/segments", "a rec 5.0 6.0\n")
    (entry,) = _list(tmp_path, settings)
    with pytest.raises(Rejected, match=r"5\.0 to 6\.0 s is not within its 1\.00 s"):
        read_sound(entry.recording)  # type: ignore[union-attr]


def test_one_channel_of_two_can_be_taken(tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    settings = jsonl(tmp_path, channel=1)
    both = np.stack([np.zeros(16_000), np.full(16_000, 0.5)], axis=1)
    soundfile.write(tmp_path / "audio/a.flac", both, 16_000)
    entry, mono = _list(tmp_path, settings)
    assert read_sound(entry.recording).mean() == pytest.approx(0.5, abs=0.01)  # type: ignore[union-attr]
    with pytest.raises(Rejected, match="no channel 1: there are 1"):
        read_sound(mono.recording)  # type: ignore[union-attr]


def test_a_table_without_a_column_or_with_a_short_row_is_named(tmp_path: Path) -> None:
    settings = MAKERS["common_voice"](tmp_path)
    with (tmp_path / "train.tsv").open("a") as file:
        file.write("only\ttwo\n")
    assert _bad(tmp_path, settings) == [("train.tsv line 3", "bad_entry")]
    write(tmp_path / "train.tsv", "path\tsentence\n")
    with pytest.raises(CorpusError, match=r"train\.tsv line 1: no column 'client_id'"):
        _list(tmp_path, settings)


def test_a_librispeech_part_without_transcripts_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no <speaker>/<chapter>/\*\.trans\.txt in .*dev-none"):
        _list(tmp_path, librispeech(tmp_path) | {"parts": ["dev-none"]})


def test_parquet_without_audio_bytes_or_text_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"id": ["a", "b"], "audio": [{"path": "a.wav"}] * 2, "text": ["x", None]})
    pq.write_table(table, tmp_path / "x.parquet")
    settings: dict[str, object] = {"format": "huggingface", "files": "*.parquet"}
    first, second = _list(tmp_path, settings)
    assert isinstance(second, BadEntry)
    assert second.reason == "no_text"
    with pytest.raises(Rejected, match=r"x\.parquet: row 0 .*holds no audio bytes"):
        read_sound(first.recording)  # type: ignore[union-attr]
    with pytest.raises(CorpusError, match=r"no column 'sound'; there are: id, audio, text"):
        _list(tmp_path, settings | {"audio": "sound"})
    write(tmp_path / "x.parquet", b"no parquet at all")
    assert _bad(tmp_path, settings) == [("x.parquet", "unreadable_archive")]


def test_a_row_without_an_id_is_called_after_its_place(tmp_path: Path) -> None:
    settings = huggingface(tmp_path) | {"columns": {"text": "sentence", "id": "none"}}
    names = [entry.recording.id for entry in _list(tmp_path, settings)]  # type: ignore[union-attr]
    assert names == ["validation-00000-of-00001-1", "validation-00000-of-00001-2"]


def _link(name: str, target: str) -> tarfile.TarInfo:
    link = tarfile.TarInfo(name)
    link.type, link.linkname = tarfile.SYMTYPE, target
    return link


def test_a_tar_is_walked_without_trust(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.txt", "not for you")
    members = {
        "a.flac": _link("a.flac", str(secret)),
        "b.txt": b"No audio.",
        "../c.flac": tone_file(),
        "../c.txt": b"Outside.",
        "d.flac": tone_file(),
        "e.flac": tone_file(),
        "e.txt": b"\xff\xfe",
        "f.flac": tone_file(),
        "f.json": b"[1]",
        "g.flac": tone_file(),
        "g.txt": b"x" * (1 << 20) + b"x",
    }
    write(tmp_path / "bad.tar", tar_of(members))
    settings: dict[str, object] = {"format": "webdataset", "files": "*.tar"}
    assert _bad(tmp_path, settings) == [
        ("bad.tar: a", "bad_entry"),
        ("bad.tar: b", "missing_audio"),
        ("bad.tar: d", "no_text"),
        ("bad.tar: e", "bad_entry"),
        ("bad.tar: f", "bad_entry"),
        ("bad.tar: g", "bad_entry"),
    ]
    assert not (tmp_path.parent / "c.flac").exists()


def test_a_tar_that_ends_early_or_is_compressed_is_named(tmp_path: Path) -> None:
    settings = webdataset(tmp_path)
    path = tmp_path / "train-000.tar"
    whole = path.read_bytes()
    path.write_bytes(whole[:-15_000])
    assert [reason for _, reason in _bad(tmp_path, settings)] == ["unreadable_archive"]
    path.write_bytes(gzip.compress(whole))
    assert _bad(tmp_path, settings) == [("train-000.tar", "unreadable_archive")]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"type": "command", "channels": [0], "source": "touch ran"}, "command"),
        ({"type": "url", "channels": [0], "source": "http://127.0.0.1:9/a.wav"}, "command"),
    ],
)
def test_lhotse_audio_that_is_no_file_is_refused(
    source: dict[str, object], reason: str, tmp_path: Path
) -> None:
    settings = lhotse_supervised(tmp_path)
    write(tmp_path / "recordings.jsonl", json.dumps(lhotse_recording(source)) + "\n")
    assert [found for _, found in _bad(tmp_path, settings)] == [reason, reason]
    assert not (tmp_path / "ran").exists()


def test_lhotse_lines_that_do_not_fit_are_named(tmp_path: Path) -> None:
    settings = lhotse_cuts(tmp_path)
    good = (tmp_path / "cuts.jsonl").read_text()
    silent = {**lhotse_supervisions()[0], "id": "c", "text": None}
    lines = [good, "[1]\n", '{"type": "Odd"}\n', '{"type": "MonoCut", "id": "x"}\n']
    lines.append(json.dumps({**json.loads(good), "supervisions": [silent]}) + "\n")
    packed = gzip.compress("".join(lines).encode())
    write(tmp_path / "cuts.jsonl.gz", packed)
    assert _bad(tmp_path, settings | {"cuts": "cuts.jsonl.gz"}) == [
        ("cuts.jsonl.gz line 2", "bad_entry"),
        ("cuts.jsonl.gz line 3", "bad_entry"),
        ("cuts.jsonl.gz line 4", "bad_entry"),
        ("cuts.jsonl.gz line 5", "no_text"),
    ]
    write(tmp_path / "cuts.jsonl.gz", packed[:-20])
    with pytest.raises(CorpusError, match=r"cuts\.jsonl\.gz is not a whole gzip file"):
        _list(tmp_path, settings | {"cuts": "cuts.jsonl.gz"})


def test_lhotse_wants_cuts_or_both_others() -> None:
    with pytest.raises(ValueError, match="give cuts, or recordings and supervisions"):
        _corpus({"format": "lhotse", "recordings": "r.jsonl"})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "missing_audio"),
        (b"", "unreadable_audio"),
        (b"no audio at all", "unreadable_audio"),
        (b"#EXTM3U\nhttp://127.0.0.1:9/a.ts\n", "unreadable_audio"),
        (tone_file()[:200], "unreadable_audio"),
    ],
)
def test_audio_that_cannot_be_read_is_refused_by_name(
    content: bytes | None, reason: str, tmp_path: Path
) -> None:
    entry = _list(tmp_path, jsonl(tmp_path))[0]
    path = tmp_path / "audio/a.flac"
    path.unlink()
    if content is not None:
        write(path, content)
    with pytest.raises(Rejected, match=r"a\.flac") as refused:
        read_sound(entry.recording)  # type: ignore[union-attr]
    assert refused.value.reason == reason


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    entry = _list(tmp_path, jsonl(tmp_path))[0]
    (tmp_path / "audio/a.flac").unlink()
    os.mkfifo(tmp_path / "audio/a.flac")
    with pytest.raises(Rejected, match="missing_audio"):
        read_sound(entry.recording)  # type: ignore[union-attr]
