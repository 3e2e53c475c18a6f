"""Small corpora in every format that is read, made of tones: two clips, "a" and "b"."""

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import soundfile

TEXTS = {"a": "Hello there.", "b": "Good bye, my friend."}
RATE_HZ = 16_000


def tone(seconds: float = 0.5, hertz: float = 220.0) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)


def tone_file(suffix: str = "flac", seconds: float = 0.5) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone(seconds), RATE_HZ, format=suffix.upper())
    return file.getvalue()


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def jsonl(folder: Path, **changes: object) -> dict[str, object]:
    lines = []
    for name, text in TEXTS.items():
        write(folder / f"audio/{name}.flac", tone_file())
        lines.append(
            {"id": name, "audio": f"audio/{name}.flac", "text": text, "speaker": f"s-{name}",
             "gender": "female", "age": "adult", "emotion": "happy"} | changes
        )  # fmt: skip
    write(folder / "manifest.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    return {"format": "jsonl", "manifest": "manifest.jsonl"}


def kaldi(folder: Path) -> dict[str, object]:
    write(folder / "data/rec.wav", tone_file("wav", 1.0))
    write(folder / "data/wav.scp", "rec rec.wav\n")
    write(folder / "data/segments", "b rec 0.5 1.0\na rec 0.0 0.5\n")
    write(folder / "data/text", "".join(f"{name} {text}\n" for name, text in TEXTS.items()))
    write(folder / "data/utt2spk", "a s-a\nb s-b\n")
    write(folder / "data/spk2gender", "s-a f\ns-b m\n")
    return {"format": "kaldi", "data": "data"}


def librispeech(folder: Path) -> dict[str, object]:
    chapter = folder / "dev-clean/19/198"
    for name in TEXTS:
        write(chapter / f"{name}.flac", tone_file())
    lines = "".join(f"{name} {text}\n" for name, text in TEXTS.items())
    write(chapter / "19-198.trans.txt", lines)
    write(folder / "SPEAKERS.TXT", "; ID |SEX| SUBSET |MINUTES| NAME\n19 | F | dev-clean | 1 | X\n")
    return {"format": "librispeech", "root": "."}


def common_voice(folder: Path) -> dict[str, object]:
    header = "client_id\tpath\tsentence\tage\tgender\taccents\tlocale"
    rows = [f"s{n}\t{n}.mp3\t{t}\tfourties\tmale_masculine\tScottish\ten" for n, t in TEXTS.items()]
    write(folder / "train.tsv", "\n".join([header, rows[0]]) + "\n")
    write(folder / "test.tsv", "\n".join([header, rows[1]]) + "\n")
    for name in TEXTS:
        write(folder / f"clips/{name}.mp3", tone_file("mp3"))
    return {"format": "common_voice", "root": ".", "tables": ["train", "test"]}


def huggingface(folder: Path) -> dict[str, object]:
    from datasets import ClassLabel, Dataset, Features, Value

    # As Audio would write it; its own encoder needs torchcodec.
    audio = {"bytes": Value("binary"), "path": Value("string")}
    features = Features(
        {"id": Value("string"), "audio": audio, "sentence": Value("string"),
         "emotion": ClassLabel(names=["sad", "happy"])}
    )  # fmt: skip
    rows = [
        {"id": name, "audio": {"bytes": tone_file(), "path": f"{name}.flac"}, "sentence": text,
         "emotion": 1} for name, text in TEXTS.items()
    ]  # fmt: skip
    path = folder / "data/validation-00000-of-00001.parquet"
    path.parent.mkdir(parents=True)
    Dataset.from_list(rows, features=features).to_parquet(path)
    return {"format": "huggingface", "files": "data/*.parquet", "columns": {"text": "sentence"}}


def webdataset(folder: Path) -> dict[str, object]:
    members: dict[str, bytes] = {}
    for name, text in TEXTS.items():
        members[f"{name}.flac"] = tone_file()
        members[f"{name}.json"] = json.dumps({"gender": "female"}).encode()
        members[f"{name}.txt"] = text.encode()
    write(folder / "train-000.tar", tar_of(members))
    return {"format": "webdataset", "files": "*.tar"}


def tar_of(members: Mapping[str, bytes | tarfile.TarInfo]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return file.getvalue()


def lhotse_recording(source: Mapping[str, object] | None = None) -> dict[str, object]:
    source = source or {"type": "file", "channels": [0], "source": "rec.wav"}
    return {"id": "rec", "sources": [source], "sampling_rate": RATE_HZ, "num_samples": RATE_HZ,
            "duration": 1.0, "channel_ids": [0]}  # fmt: skip


def lhotse_supervisions() -> list[dict[str, object]]:
    return [
        {"id": name, "recording_id": "rec", "start": 0.5 * index, "duration": 0.5, "channel": 0,
         "text": text, "speaker": f"s-{name}", "gender": "female", "language": "en",
         "custom": {"emotion": "happy"}} for index, (name, text) in enumerate(TEXTS.items())
    ]  # fmt: skip


def lhotse_cuts(folder: Path) -> dict[str, object]:
    write(folder / "rec.wav", tone_file("wav", 1.0))
    cut = {"id": "cut", "start": 0, "duration": 1.0, "channel": 0, "type": "MonoCut",
           "supervisions": lhotse_supervisions(), "recording": lhotse_recording()}  # fmt: skip
    write(folder / "cuts.jsonl", json.dumps(cut) + "\n")
    return {"format": "lhotse", "cuts": "cuts.jsonl"}


def lhotse_supervised(folder: Path) -> dict[str, object]:
    write(folder / "rec.wav", tone_file("wav", 1.0))
    write(folder / "recordings.jsonl", json.dumps(lhotse_recording()) + "\n")
    lines = "".join(json.dumps(line) + "\n" for line in lhotse_supervisions())
    write(folder / "supervisions.jsonl", lines)
    return {"format": "lhotse", "recordings": "recordings.jsonl",
            "supervisions": "supervisions.jsonl"}  # fmt: skip


MAKERS: dict[str, Callable[[Path], dict[str, object]]] = {
    maker.__name__: maker
    for maker in (jsonl, kaldi, librispeech, common_voice, huggingface, webdataset, lhotse_cuts,
                  lhotse_supervised)
}  # fmt: skip
