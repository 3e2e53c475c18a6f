"""A describer behind our own server: POST /v1/uas, its document put into words.

A model must not label the data that it is trained on: the server's model is asked for by name and
refused when it is the one to be trained.
"""

import time

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from uas_pipeline.caption.caption import Caption
from uas_pipeline.caption.measures import measure
from uas_pipeline.caption.prompts import load_caption_prompts
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.endpoint.chat import key_headers, wav_bytes
from uas_pipeline.endpoint.config import EndpointConfig
from uas_pipeline.endpoint.cost import CostCounter
from uas_pipeline.endpoint.http import PatientClient, Wait
from uas_pipeline.errors import ConfigError, EndpointError, Rejected
from uas_pipeline.templates import fill
from uas_schema.document import UasDocument

BACKEND = "uas"


class _Lenient(BaseModel):
    """The envelope may gain keys."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Card(_Lenient):
    id: str


class _Models(_Lenient):
    data: tuple[_Card, ...]


class _Envelope(_Lenient):
    model: str
    uas: UasDocument
    truncated: bool = False


class UasCaptioner:
    """Describes clips by the documents of our server.

    ``not_for_model`` is the name of the model that the data is for. Raises ``ConfigError`` at once
    when the server runs that model, ``EndpointError`` when it cannot be reached.
    """

    def __init__(self, config: EndpointConfig, not_for_model: str, wait: Wait = time.sleep) -> None:
        self._not_for = not_for_model
        self._client = PatientClient(config, CostCounter(config.price), key_headers(config), wait)
        for name in self._served():
            self._refuse(name)

    def caption(self, recording: Recording, samples: NDArray[np.float32]) -> Caption:
        """Describe ``[T] float32``, mono, 16 kHz, at least one sample.

        Raises ``Rejected`` when the document is cut or the server refuses the clip,
        ``ConfigError`` when another model than at the start answers and is the one to be trained.
        """
        audio = wav_bytes(samples)
        content = self._client.send(
            lambda: self._client.build_request(
                "POST", "/uas", files={"file": ("clip.wav", audio, "audio/wav")}
            )
        )
        try:
            envelope = _Envelope.model_validate_json(content)
        except ValidationError as error:
            raise Rejected("answer_not_json", "the answer holds no UAS document") from error
        self._refuse(envelope.model)
        if envelope.truncated:
            raise Rejected("answer_cut", "the document was cut by its token budget: raise it")
        measures = measure(samples, recording.text, recording.language)
        return document_caption(envelope.uas, measures, envelope.model)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _served(self) -> list[str]:
        content = self._client.send(lambda: self._client.build_request("GET", "/models"))
        try:
            return [card.id for card in _Models.model_validate_json(content).data]
        except ValidationError as error:
            raise EndpointError(
                "the server has no list of models at /models: give the base_url of a UAS server, "
                "such as http://127.0.0.1:8000/v1"
            ) from error

    def _refuse(self, model: str) -> None:
        if model == self._not_for:
            raise ConfigError(
                f"the server runs {model!r}, the model that this data is for: "
                "caption with another one"
            )


def document_caption(document: UasDocument, measures: dict[str, float], version: str) -> Caption:
    """A document in words."""
    voice, heard, prompts = (
        document.paralinguistics, document.non_linguistic_events, load_caption_prompts(),
    )  # fmt: skip
    spoken = fill(prompts.document_voice, has_voice=document.has_voice, **dict(voice))
    around = fill(
        prompts.document_environment,
        description=heard.description,
        discrete=heard.discrete_events,
        continuous=heard.continuous_events,
    )
    return Caption(
        voice=spoken or None,
        environment=around or None,
        measures=measures,
        backend=BACKEND,
        version=version,
    )
