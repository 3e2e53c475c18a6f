"""The corpus formats by name: what ``format:`` in a configuration may say."""

from typing import Annotated

from pydantic import Field

from uas_pipeline.corpora.asterisk import AsteriskCorpus
from uas_pipeline.corpora.common_voice import CommonVoiceCorpus
from uas_pipeline.corpora.huggingface import HuggingFaceCorpus
from uas_pipeline.corpora.jsonl import JsonlCorpus
from uas_pipeline.corpora.kaldi import KaldiCorpus
from uas_pipeline.corpora.lhotse import LhotseCorpus
from uas_pipeline.corpora.librispeech import LibriSpeechCorpus
from uas_pipeline.corpora.webdataset import WebDatasetCorpus

CorpusFormat = Annotated[
    AsteriskCorpus
    | CommonVoiceCorpus
    | HuggingFaceCorpus
    | JsonlCorpus
    | KaldiCorpus
    | LhotseCorpus
    | LibriSpeechCorpus
    | WebDatasetCorpus,
    Field(discriminator="format"),
]
