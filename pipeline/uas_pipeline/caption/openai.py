"""A describer behind any OpenAI-compatible server that takes audio.

The clip is measured as well, so that checks can compare words with numbers. Concurrency is the
executor's: one describer serves any number of threads.
"""

import numpy as np
from numpy.typing import NDArray

from uas_pipeline.caption.caption import Caption
from uas_pipeline.caption.measures import measure
from uas_pipeline.caption.prompts import load_caption_prompts
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.endpoint.chat import ChatClient, audio_part, text_part
from uas_pipeline.errors import Rejected
from uas_pipeline.templates import fill_lines
from uas_schema.strict import Strict
from uas_signal import SAMPLE_RATE_HZ

BACKEND = "openai"
_LONGEST_S = 600.0


class CaptionAnswer(Strict):
    """What the model answers."""

    voice: str | None
    environment: str | None


class OpenAiCaptioner:
    """Asks a model to describe a clip. ``version`` names the model in every caption."""

    def __init__(self, client: ChatClient, version: str, longest_s: float = _LONGEST_S) -> None:
        self._client, self._version, self._longest_s = client, version, longest_s

    def caption(self, recording: Recording, samples: NDArray[np.float32]) -> Caption:
        """Describe ``[T] float32``, mono, 16 kHz, at least one sample.

        Raises ``Rejected`` ("clip_too_long" and what ``ChatClient.ask`` says).
        """
        duration_s = len(samples) / SAMPLE_RATE_HZ
        if duration_s > self._longest_s:
            message = f"{duration_s:.0f} s, at most {self._longest_s:.0f} s are sent: cut the clip"
            raise Rejected("clip_too_long", message, {"duration_s": duration_s})
        prompt = fill_lines(load_caption_prompts().openai)
        answer = self._client.ask(
            [text_part(prompt), audio_part(samples)],
            CaptionAnswer,
            CaptionAnswer.model_json_schema(),
        )
        return Caption(
            voice=answer.voice,
            environment=answer.environment,
            measures=measure(samples, recording.text, recording.language),
            backend=BACKEND,
            version=self._version,
        )
