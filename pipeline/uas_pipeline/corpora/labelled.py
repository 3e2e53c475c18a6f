"""Acted emotional speech, handed over as folders of FLAC with one ``metadata.jsonl`` each.

Parts of RAVDESS (Livingstone and Russo 2018, CC BY-NC-SA 4.0) and Emo-DB (Burkhardt et al. 2005,
usable with citation). The folders are optional and never committed.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ConfigDict, ValidationError

from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.corpora.splits import Split, members
from uas_pipeline.errors import CorpusError
from uas_schema.ontology import load_ontology
from uas_schema.strict import Strict, explain

LICENCES = {
    "ravdess": "CC-BY-NC-SA-4.0",
    "emodb": "LicenseRef-Emo-DB (free use with citation; licence text not at hand)",
}


class LabelledClip(Strict):
    """One line of ``metadata.jsonl``; keys that only describe the source are passed over."""

    model_config = ConfigDict(extra="ignore")

    file: str
    speaker: str
    gender: str
    age: str
    emotion: str
    text: str
    language: str
    accent: str


def read_labelled(folder: Path, corpus: str, split: Split) -> Iterator[Recording]:
    """Recordings of one corpus under ``folder`` that belong to ``split``.

    Raises ``CorpusError`` when the folder has no metadata, or a line that does not fit.
    """
    metadata = folder / corpus / "metadata.jsonl"
    if not metadata.exists():
        raise CorpusError(f"no {corpus}/metadata.jsonl in {folder.name!r}: give the folder that "
                          "holds the labelled corpora, or leave --labelled-speech out")  # fmt: skip
    speakers = members(corpus, split)
    for number, line in enumerate(metadata.read_text("utf-8").split("\n"), start=1):
        if not line:
            continue
        clip = _parse(line, f"{corpus}/metadata.jsonl line {number}")
        if clip.speaker in speakers:
            yield _recording(clip, metadata.parent, corpus)


def _parse(line: str, source: str) -> LabelledClip:
    try:
        return LabelledClip.model_validate_json(line)
    except ValidationError as error:
        raise CorpusError(f"{source}: {explain(error, LabelledClip)}") from error


def _recording(clip: LabelledClip, folder: Path, corpus: str) -> Recording:
    emotion = load_ontology().emotion(clip.emotion)
    if emotion is None:
        raise CorpusError(f"{corpus}: {clip.file} has emotion {clip.emotion!r}, which the ontology "
                          "does not know: add it as a synonym")  # fmt: skip
    return Recording(
        id=Path(clip.file).stem,
        corpus=corpus,
        path=folder / clip.file,
        licence=LICENCES[corpus],
        language=clip.language,
        text=clip.text,
        voice=Voice(clip.speaker, clip.gender, clip.age, clip.accent),
        emotion=emotion,
        emotion_known="truth",
    )
