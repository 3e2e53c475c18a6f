"""What makes records of captions: the one method that every backend has."""

from typing import Protocol

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording
from uas_schema.records import Record


class Synthesizer(Protocol):
    """Makes records. Backends may be called from several threads at once."""

    def synthesize(self, recording: Recording, caption: Caption) -> Record:
        """The record of a recording and its caption.

        ``audio`` is the recording's path and ``sample_rate_hz`` the caption's; whoever copies the
        audio writes both anew. Fields that nothing supports are null and known "none".
        ``evidence`` holds the caption and the corpus's text ("corpus_text").

        Raises ``Rejected`` when no record can be made of this clip, ``EndpointError`` when none
        can be made of any.
        """
