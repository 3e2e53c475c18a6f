"""Recipes find what they say, refuse what they must, and keep the splits apart."""

import gzip
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uas_model.cache import cache_root
from uas_pipeline.corpora.asterisk import read_prompts
from uas_pipeline.corpora.audio import read_audio
from uas_pipeline.corpora.kokoro import Utterance
from uas_pipeline.corpora.labelled import read_labelled
from uas_pipeline.corpora.packages import (
    fetch,
    find_package,
    load_packages,
    publish,
    unpack,
)
from uas_pipeline.corpora.rcc import read_rcc
from uas_pipeline.corpora.sounds import load_sound_packages, read_sounds
from uas_pipeline.corpora.splits import Members, load_splits, members
from uas_pipeline.errors import ConfigError, CorpusError, PackageError
from uas_pipeline.simulate.compose import read_sound
from uas_pipeline.simulate.config import Share
from uas_pipeline.simulate.material import Sources, gather
from uas_pipeline.simulate.progress import Silent
from uas_pipeline.simulate.sentences import draw_sentences, load_sentences
from uas_pipeline.simulate.workers import Workers
from uas_schema.ontology import load_ontology

NOTHING = Share(sentences=0, voices=0, flite=0, prompts=0, sounds=0, mixtures=0, noises=0)


def test_every_sound_label_is_the_ontology_s() -> None:
    ontology = load_ontology()
    for package in load_sound_packages().values():
        for kind in ("discrete", "continuous", "voices"):
            for label in package.labels(kind):  # type: ignore[arg-type]
                assert ontology.event(label) == label


def test_every_sound_package_is_pinned_and_in_one_split() -> None:
    split = load_splits()["sounds"]
    assert sorted((*split.train, *split.development)) == sorted(load_sound_packages())
    assert set(load_sound_packages()) <= set(load_packages())


def test_a_speaker_in_both_splits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\['a'\] are in both splits"):
        Members(train=("a", "b"), development=("a",))


def test_an_unknown_corpus_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'ravdes': did you mean 'ravdess'"):
        members("ravdes", "train")


def test_voices_name_their_gender_and_accent() -> None:
    voices = [Utterance("Hello.", name) for name in members("kokoro", "train")]
    assert {voice.gender for voice in voices} == {"Female", "Male"}
    assert {voice.accent for voice in voices} == {"North American English", "British English"}
    assert Utterance("Hello.", "bf_emma").key != Utterance("Hello.", "bf_alice").key


def test_the_splits_share_no_sentence() -> None:
    sentences = load_sentences()
    assert set(sentences.train.templates).isdisjoint(sentences.development.templates)
    drawn = [draw_sentences(split, 200, 1) for split in (sentences.train, sentences.development)]
    assert set(drawn[0]).isdisjoint(drawn[1])


def test_sentences_differ_and_run_out_with_a_clear_message() -> None:
    drawn = draw_sentences(load_sentences().train, 300, seed=1)
    assert len(set(drawn)) == 300
    assert not any("{" in sentence for sentence in drawn)
    with pytest.raises(ConfigError, match="different sentences, not 2000"):
        draw_sentences(load_sentences().development, 2_000, seed=1)


def test_a_package_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / find_package("sonic-pi-samples").file).write_bytes(b"something else")
    with pytest.raises(PackageError, match=r"SHA-256 .*not the pinned.*delete it from the cache"):
        fetch("sonic-pi-samples", tmp_path)
    with pytest.raises(PackageError, match="did you mean 'sonic-pi-samples'"):
        unpack("sonic-pi-sample", tmp_path)


def test_a_missing_registry_tool_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackageError, match=r"kokoro-js 1\.2\.1: needs 'npm' on the path"):
        fetch("kokoro-js", tmp_path)


def test_of_two_processes_that_unpack_the_same_the_first_wins(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "who").write_text(name)
        publish(tmp_path / name, tmp_path / "package")
    assert (tmp_path / "package" / "who").read_text() == "first"
    with pytest.raises(FileNotFoundError):
        publish(tmp_path / "nothing", tmp_path / "other")


def _unpacked(name: str, cache: Path) -> Path:
    return cache / "unpacked" / f"{name}-{find_package(name).sha256[:12]}"


def test_prompts_have_a_text_that_is_spoken(tmp_path: Path) -> None:
    lines = (
        "; comment\nhello: Hello  dear caller.\nbeep: [a beep tone]\nwait: (1 second of silence)"
    )
    texts = _unpacked("asterisk-core-sounds-en", tmp_path) / "usr/share/doc/asterisk-core-sounds-en"
    texts.mkdir(parents=True)
    (texts / "core-sounds-en.txt.gz").write_bytes(gzip.compress(lines.encode()))
    prompts = _unpacked("asterisk-core-sounds-en-g722", tmp_path)
    prompts = prompts / "usr/share/asterisk/sounds/en_US_f_Allison"
    prompts.mkdir(parents=True)
    for name in ("hello", "beep", "wait"):
        (prompts / f"{name}.g722").write_bytes(bytes(8000))
    (prompt,) = read_prompts(tmp_path)
    assert (prompt.text, prompt.emotion_known) == ("Hello dear caller.", "none")
    assert len(read_audio(prompt.path)) == 16_000  # 8 kB of G.722 are a second


def test_a_pattern_without_a_file_is_named(tmp_path: Path) -> None:
    _unpacked("sonic-pi-samples", tmp_path).mkdir(parents=True)
    with pytest.raises(CorpusError, match="sonic-pi-samples: drum: no file is like"):
        read_sounds("sonic-pi-samples", tmp_path)


@pytest.mark.parametrize("package", load_sound_packages())
def test_every_sound_of_a_fetched_package_can_be_placed(
    package: str, proving: Callable[[int, int], int]
) -> None:
    if not _unpacked(package, cache_root()).exists():
        pytest.skip(f"{package} is not in the cache: `uas pipeline simulate` fetches it")
    sounds = read_sounds(package, cache_root())
    for sound in sounds[: proving(1, len(sounds))]:
        assert len(read_sound(sound.path))  # raises where a file is silent or too short


def _labelled(folder: Path, **changes: str) -> Path:
    clip = {
        "file": "a/1.flac", "speaker": "ravdess-01", "gender": "Male", "age": "Adult",
        "emotion": "fearful", "text": "Hello.", "language": "en", "accent": "British English",
        "intensity": "strong",
    }  # fmt: skip
    for corpus, speaker in (("ravdess", "ravdess-01"), ("emodb", "emodb-08")):
        (folder / corpus).mkdir(parents=True, exist_ok=True)
        line = json.dumps(clip | {"speaker": speaker} | changes)
        (folder / corpus / "metadata.jsonl").write_text(line, "utf-8")
    return folder


def test_labelled_clips_go_to_their_split_with_the_ontology_s_emotion(tmp_path: Path) -> None:
    (clip,) = read_labelled(_labelled(tmp_path), "ravdess", "train")
    assert (clip.emotion, clip.emotion_known, clip.licence) == ("Fear", "truth", "CC-BY-NC-SA-4.0")
    assert not list(read_labelled(tmp_path, "ravdess", "development"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emotion": "hungry"}, "emotion 'hungry', which the ontology does not know"),
        ({"gender": None}, "line 1: gender"),
    ],
)
def test_labelled_clips_that_do_not_fit_are_refused(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(CorpusError, match=message):
        list(read_labelled(_labelled(tmp_path, **changes), "ravdess", "train"))


def test_a_folder_without_the_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no ravdess/metadata\.jsonl"):
        list(read_labelled(tmp_path, "ravdess", "train"))


@pytest.mark.parametrize(("noncommercial", "corpora"), [(True, 2), (False, 1)])
def test_one_switch_leaves_out_noncommercial_speech(
    tmp_path: Path, noncommercial: bool, corpora: int
) -> None:
    sources = Sources(tmp_path, _labelled(tmp_path / "speech"), noncommercial)
    clips = gather("train", NOTHING, 1, sources, Workers(1, Silent())).labelled
    assert len(clips) == corpora
    assert noncommercial or not any("-NC-" in clip.licence for clip in clips)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT"])
def test_audio_of_any_sample_format_is_scaled_to_one(tmp_path: Path, subtype: str) -> None:
    tone = 0.5 * np.sin(np.arange(16_000) * 0.1)
    soundfile.write(tmp_path / "a.wav", np.stack([tone, tone], 1), 16_000, subtype=subtype)
    assert np.abs(read_audio(tmp_path / "a.wav") - tone).max() < 0.01


def test_a_file_that_is_not_audio_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"not audio at all")
    with pytest.raises(CorpusError, match=r"a\.wav cannot be decoded"):
        read_audio(tmp_path / "a.wav")


def _archive(name: str, stored: bytes, flags: int) -> bytes:
    """A Qt resource archive of version 3 with one file in the root."""
    tree = struct.pack(">IHIIQ", 0, 2, 1, 1, 0)
    tree += struct.pack(">IHHHIQ", 0, flags, 0, 0, 0, 0)
    data = struct.pack(">I", len(stored)) + stored
    names = struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    at = 24
    offsets = (3, at, at + len(tree), at + len(tree) + len(data), 0)
    return b"qres" + struct.pack(">IIIII", *offsets) + tree + data + names


def test_qt_archives_are_read_plain_and_compressed() -> None:
    sound = b"RIFF" * 50
    packed = struct.pack(">I", len(sound)) + zlib.compress(sound)
    assert list(read_rcc(_archive("dog.wav", sound, 0))) == [("dog.wav", sound)]
    assert list(read_rcc(_archive("dog.wav", packed, 1))) == [("dog.wav", sound)]
    with pytest.raises(PackageError, match="not a Qt resource archive: begins with b'RIFF'"):
        list(read_rcc(sound))
