"""The corpus formats by name: what ``format:`` in a configuration may say."""

from typing import Annotated

from pydantic import Field

from uas_pipeline.corpora.asterisk import AsteriskCorpus
from uas_pipeline.corpora.jsonl import JsonlCorpus

CorpusFormat = Annotated[AsteriskCorpus | JsonlCorpus, Field(discriminator="format")]
