"""The same seed gives the same scenes, and the same scenes the same files, however they are run."""

import dataclasses
import hashlib
from importlib.resources import files
from pathlib import Path

import pytest

from uas_pipeline.corpora.sounds import Sound
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.simulate.attribution import sources_of
from uas_pipeline.simulate.config import SimulationConfig, load_config
from uas_pipeline.simulate.material import Material
from uas_pipeline.simulate.plan import plan
from uas_pipeline.simulate.progress import Silent
from uas_pipeline.simulate.render import Rendered, Renderer
from uas_pipeline.simulate.run import render_all
from uas_pipeline.simulate.scene import NoisePart, Scene, SoundPart, SpeechPart
from uas_pipeline.simulate.workers import Workers
from uas_schema.errors import DataError
from uas_schema.rules import check

FOLDER = Path(str(files("uas_pipeline.simulate"))) / "configs"
CONFIGS = sorted(FOLDER.iterdir())


@pytest.fixture
def config() -> SimulationConfig:
    shipped = load_config(FOLDER / "uas-audio-tiny.yaml")
    share = shipped.train.replace(voices=2, prompts=0, sounds=6, mixtures=6, noises=6)
    return shipped.replace(train=share, development=share)


@pytest.fixture
def material(recording: Recording, bell: Sound, hum: Sound) -> Material:
    emotional = dataclasses.replace(recording, id="r2", emotion="Fear", emotion_known="truth")
    crowd = dataclasses.replace(hum, label="crowd", kind="voices")
    return Material(labelled=(emotional,), spoken=(recording,), sounds=(bell, hum, crowd))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_configuration_loads(path: Path) -> None:
    assert load_config(path).name == path.stem


def test_an_unknown_key_is_named_with_the_nearest(tmp_path: Path) -> None:
    text = CONFIGS[0].read_text("utf-8").replace("snr_db:", "snr_bd:")
    (tmp_path / "bad.yaml").write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"bad\.yaml.*'snr_bd' at mixing.*'snr_db'"):
        load_config(tmp_path / "bad.yaml")


def test_the_seed_decides_the_scenes(config: SimulationConfig, material: Material) -> None:
    scenes = list(plan(config, "train", material))
    assert scenes == list(plan(config, "train", material))
    assert scenes != list(plan(config.replace(seed=2), "train", material))
    assert len({scene.id for scene in scenes}) == len(scenes) == 1 + 6 + 6 + 6 + 2
    digests = {scene.digest for scene in plan(config, "development", material)}
    assert digests.isdisjoint(scene.digest for scene in scenes)


def test_a_part_that_grows_leaves_the_others(config: SimulationConfig, material: Material) -> None:
    grown = config.replace(train=config.train.replace(noises=9))
    before = {scene.digest for scene in plan(config, "train", material)}
    assert before < {scene.digest for scene in plan(grown, "train", material)}


def test_people_are_never_heard_in_a_clip_without_speech(
    config: SimulationConfig, material: Material
) -> None:
    many = config.replace(train=config.train.replace(sounds=60, mixtures=60))
    scenes = list(plan(many, "train", material))
    heard = [(scene.speech, part.sound.kind) for scene in scenes for part in scene.sounds]
    assert any(kind == "voices" for _, kind in heard)
    assert all(speech is not None for speech, kind in heard if kind == "voices")
    for scene in scenes:
        labels = [part.sound.label for part in scene.sounds]
        assert len(set(labels)) == len(labels)


def test_paths_of_this_machine_are_not_in_the_digest(recording: Recording) -> None:
    elsewhere = dataclasses.replace(recording, path=Path("/elsewhere") / recording.path.name)
    scenes = [
        Scene("s", "train", 1, 0.0, -20.0, SpeechPart(clip, None, 0.0))
        for clip in (recording, elsewhere)
    ]
    assert scenes[0].digest == scenes[1].digest
    assert dataclasses.replace(scenes[0], level_db=-21.0).digest != scenes[0].digest


def _files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_any_number_of_processes_writes_the_same_bytes(
    config: SimulationConfig, material: Material, tmp_path: Path
) -> None:
    scenes = list(plan(config, "train", material))
    one = list(render_all(scenes, tmp_path / "one", Workers(1, Silent()), "one"))
    two = list(render_all(scenes, tmp_path / "two", Workers(2, Silent()), "two"))
    assert one == two
    assert _files(tmp_path / "one") == _files(tmp_path / "two")
    for rendered in one:
        assert rendered.record is None or not check(rendered.record.document)


def test_a_run_goes_on_where_it_stopped(
    config: SimulationConfig, material: Material, tmp_path: Path
) -> None:
    scenes = list(plan(config, "train", material))
    whole = _render(scenes, tmp_path / "whole")
    first = _render(scenes[:7], tmp_path / "ended")
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "ended").rglob("*.flac")}
    (tmp_path / "ended" / str(first[0].record and first[0].record.audio)).unlink()
    assert _render(scenes, tmp_path / "ended") == whole
    assert _files(tmp_path / "ended") == _files(tmp_path / "whole")
    untouched = [path for path, time_ns in kept.items() if path.stat().st_mtime_ns == time_ns]
    assert len(untouched) == len(kept) - 1


def _render(scenes: list[Scene], out: Path) -> list[Rendered]:
    renderer = Renderer(out)
    return [renderer.render(scene) for scene in scenes]


def test_truth_says_how_each_field_is_known(
    recording: Recording, bell: Sound, hum: Sound, tmp_path: Path
) -> None:
    parts = (SoundPart(bell, 0.2, 1.0, snr_db=10.0), SoundPart(hum, 0.0, 9.0, snr_db=3.0))
    speech = SpeechPart(recording, None, 0.0)
    record = Renderer(tmp_path).render(Scene("s", "train", 1, 0.0, -20.0, speech, parts)).record
    assert record is not None
    heard = record.document.non_linguistic_events
    assert [event.label for event in heard.discrete_events] == ["bell"]
    assert [event.label for event in heard.continuous_events] == ["machine hum"]
    assert heard.description == "Speech with machine hum in the background"  # the louder one
    assert record.document.paralinguistics.accent == "British English"
    assert record.known["emotion"] == "none"
    assert record.known["prosody"] == "evidence"
    assert record.known["discreteEvents"] == "truth"
    assert [time.label for time in record.onsets] == ["bell", "machine hum"]
    assert record.corpus == "toy+toys"


@pytest.mark.parametrize(
    ("noise", "audible", "description", "labels"),
    [
        (None, False, "Silence", []),
        (NoisePart("white", 70.0), False, "Silence", []),
        (NoisePart("white", 30.0), True, "Background noise, no speech", ["static"]),
    ],
)
def test_a_clip_without_a_voice_says_so(
    noise: NoisePart | None, audible: bool, description: str, labels: list[str], tmp_path: Path
) -> None:
    scene = Scene("s", "train", 1, 1.0, 0.0, noise=noise, audible_noise=audible)
    record = Renderer(tmp_path).render(scene).record
    assert record is not None
    assert not record.document.has_voice
    heard = record.document.non_linguistic_events
    assert heard.description == description
    assert [event.label for event in heard.continuous_events] == labels
    assert set(record.known.values()) == {"truth"}


def test_sources_name_every_file_of_a_clip(recording: Recording, bell: Sound) -> None:
    speech = SpeechPart(recording, None, 0.0)
    scene = Scene("s", "train", 1, 0.0, -20.0, speech, (SoundPart(bell, 0.0, 1.0, snr_db=0.0),))
    assert [(source.corpus, source.file) for source in sources_of(scene)] == [
        ("toy", "voice.wav"),
        ("toys", "bell.wav"),
    ]
