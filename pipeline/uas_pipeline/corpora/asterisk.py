"""The English prompts of Asterisk: real speech of one woman, 16 kHz, with transcripts.

The speaker is Allison Smith, as the package says. Prompts whose text describes a sound in
brackets, or a silence, are left out, and so are texts of one or two words.
"""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import Field

from uas_model.cache import cache_root
from uas_pipeline.corpora.packages import find_package, unpack
from uas_pipeline.corpora.protocol import BadEntry, Entry
from uas_pipeline.corpora.speech import Recording, Voice
from uas_schema.strict import Strict

_VOICE = Voice("asterisk-en-allison", "Female", "Adult", "North American English")
_PROMPTS = "usr/share/asterisk/sounds/en_US_f_Allison"
_TEXTS = "usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz"
_LONGEST_TEXT = 160  # characters, about 10 s


def read_prompts(cache_folder: Path) -> Iterator[Recording]:
    """Prompts with a transcript, in the order of the transcript file."""
    folder = unpack("asterisk-core-sounds-en-g722", cache_folder) / _PROMPTS
    licence = find_package("asterisk-core-sounds-en-g722").licence
    for name, text in _texts(unpack("asterisk-core-sounds-en", cache_folder) / _TEXTS):
        path = folder / f"{name}.g722"
        if path.exists() and _is_spoken(text):
            yield Recording(
                id=name.replace("/", "-"),
                corpus="asterisk",
                path=path,
                licence=licence,
                language="en",
                text=text,
                voice=_VOICE,
            )


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        name, colon, text = line.partition(":")
        if colon and not name.startswith(";"):
            yield name.strip(), " ".join(text.split())


def _is_spoken(text: str) -> bool:
    described = "[" in text or "(" in text  # a sound or a silence, or a note on how to say it
    return not described and len(text.split()) >= 3 and len(text) <= _LONGEST_TEXT


class AsteriskCorpus(Strict):
    """The prompts as a corpus of a run; they are fetched on first use."""

    format: Literal["asterisk"]
    name: str = "asterisk"
    language: str = "en"
    take: int | None = Field(default=None, gt=0)

    def entries(self, folder: Path) -> Iterator[Entry | BadEntry]:
        """One entry a prompt. Raises ``PackageError`` when the packages cannot be had."""
        del folder
        for number, recording in enumerate(read_prompts(cache_root()), start=1):
            yield Entry(replace(recording, corpus=self.name), f"prompt {number}")
