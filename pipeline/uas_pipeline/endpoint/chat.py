"""Chat completions of an OpenAI-compatible server, with an answer in a given JSON shape."""

import base64
import io
import os
import time
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import soundfile
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from uas_pipeline.endpoint.config import EndpointConfig
from uas_pipeline.endpoint.cost import CostCounter
from uas_pipeline.endpoint.http import PatientClient, Wait
from uas_pipeline.errors import EndpointError, Rejected
from uas_signal import SAMPLE_RATE_HZ

ModelT = TypeVar("ModelT", bound=BaseModel)
Part = dict[str, Any]


class _Lenient(BaseModel):
    """Servers add keys of their own."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Message(_Lenient):
    content: str | None = None


class _Choice(_Lenient):
    message: _Message
    finish_reason: str | None = None


class _Usage(_Lenient):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(_Lenient):
    choices: tuple[_Choice, ...]
    usage: _Usage | None = None


class ChatClient:
    """Asks one model; the answer is a strict model of the caller's. Safe to share by threads."""

    def __init__(
        self, config: EndpointConfig, costs: CostCounter | None = None, wait: Wait = time.sleep
    ) -> None:
        self._config = config
        self.costs = costs or CostCounter(config.price)
        self._client = PatientClient(config, self.costs, key_headers(config), wait)

    def ask(self, parts: list[Part], answer: type[ModelT], schema: Mapping[str, Any]) -> ModelT:
        """Answer to one user message, in the shape of ``answer``; temperature 0.

        Args:
            parts: content parts of the message, from ``text_part`` and ``audio_part``.
            answer: model that the answer must fit.
            schema: JSON Schema that the server holds the answer to.

        Raises:
            Rejected: "answer_cut" at the token limit, "answer_not_json" when it does not fit, or
                what the server says of this clip.
            EndpointError: the server cannot be used at all.
        """
        body = {
            "model": self._config.model,
            "messages": [{"role": "user", "content": parts}],
            "temperature": 0,
            "seed": self._config.seed,
            "max_tokens": self._config.max_tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": answer.__name__, "strict": True, "schema": schema},
            },
        }
        content = self._client.send(
            lambda: self._client.build_request("POST", "/chat/completions", json=body)
        )
        return self._read(content, answer)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _read(self, content: bytes, answer: type[ModelT]) -> ModelT:
        try:
            completion = _Completion.model_validate_json(content)
        except ValidationError as error:
            raise Rejected("answer_not_json", "the answer is no chat completion") from error
        usage = completion.usage or _Usage()
        self.costs.answer(usage.prompt_tokens, usage.completion_tokens)
        if not completion.choices or completion.choices[0].message.content is None:
            raise Rejected("answer_empty", "the model said nothing")
        if completion.choices[0].finish_reason == "length":
            message = f"the answer has over {self._config.max_tokens} tokens: raise max_tokens"
            raise Rejected("answer_cut", message)
        return read_answer(completion.choices[0].message.content, answer)


def read_answer(text: str, answer: type[ModelT]) -> ModelT:
    """A model's JSON text. Raises ``Rejected`` ("answer_not_json") when it does not fit."""
    try:
        return answer.model_validate_json(text)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
        message = f"the model's answer does not fit its JSON Schema at {place or 'the top'!r}"
        raise Rejected("answer_not_json", message, {"answer": text[:500]}) from error


def text_part(text: str) -> Part:
    """A text of a message."""
    return {"type": "text", "text": text}


def audio_part(samples: NDArray[np.float32]) -> Part:
    """A clip of a message: ``[T] float32``, mono, 16 kHz, as 16-bit WAV."""
    data = base64.b64encode(wav_bytes(samples)).decode("ascii")
    return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}


def wav_bytes(samples: NDArray[np.float32]) -> bytes:
    """A 16-bit WAV file of ``[T] float32``, mono, 16 kHz."""
    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE_HZ, format="WAV", subtype="PCM_16")
    return file.getvalue()


def key_headers(config: EndpointConfig) -> dict[str, str]:
    """The authorization header. Raises ``EndpointError`` when the variable is not set."""
    if config.key_variable is None:
        return {}
    key = os.environ.get(config.key_variable)
    if not key:
        raise EndpointError(f"no key in the environment variable {config.key_variable!r}: set it")
    return {"Authorization": f"Bearer {key}"}
