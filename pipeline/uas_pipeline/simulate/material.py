"""What scenes of one split are made from: recordings and sounds, fetched through the cache."""

from dataclasses import dataclass
from pathlib import Path

from uas_pipeline.corpora import flite
from uas_pipeline.corpora.asterisk import read_prompts
from uas_pipeline.corpora.kokoro import Kokoro, Utterance
from uas_pipeline.corpora.labelled import LICENCES, read_labelled
from uas_pipeline.corpora.sounds import Sound, read_sounds
from uas_pipeline.corpora.speech import Recording, Voice
from uas_pipeline.corpora.splits import Split, members
from uas_pipeline.simulate.config import Share
from uas_pipeline.simulate.progress import Progress
from uas_pipeline.simulate.sentences import draw_sentences, load_sentences

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


def gather(split: Split, share: Share, seed: int, sources: Sources, progress: Progress) -> Material:
    """Fetch and synthesise what a split's share asks for.

    Raises ``PackageError`` or ``CorpusError`` when something cannot be had.
    """
    sentences = draw_sentences(
        getattr(load_sentences(), split), max(share.sentences, share.flite), seed
    )
    cache = sources.cache_folder
    spoken = _kokoro(sentences[: share.sentences], split, cache, progress)
    voices = members("flite", split)
    return Material(
        labelled=tuple(_labelled(split, sources)),
        prompts=tuple(_prompts(split, cache)) if share.prompts else (),
        spoken=tuple(spoken),
        flite=tuple(
            flite.speak(text, voices[index % len(voices)], cache)
            for index, text in enumerate(sentences[: share.flite])
        ),
        sounds=tuple(
            sound
            for package in (members("sounds", split) if share.sounds or share.mixtures else ())
            for sound in read_sounds(package, cache)
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
    sentences: list[str], split: Split, cache_folder: Path, progress: Progress
) -> list[Recording]:
    kokoro, voices = Kokoro(cache_folder), members("kokoro", split)
    utterances = [
        Utterance(text, voices[index % len(voices)]) for index, text in enumerate(sentences)
    ]
    return [
        _spoken(utterance, kokoro.speak(utterance))
        for utterance in progress.over(utterances, f"{split}: speech synthesis")
    ]


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
