"""Which describer a configuration names, and how it is made."""

from typing import Annotated, Literal, assert_never

from pydantic import Field

from uas_pipeline.caption.acoustic import AcousticCaptioner
from uas_pipeline.caption.openai import OpenAiCaptioner
from uas_pipeline.caption.protocol import Captioner
from uas_pipeline.caption.uas import UasCaptioner
from uas_pipeline.endpoint.chat import ChatClient
from uas_pipeline.endpoint.config import EndpointConfig
from uas_schema.strict import Strict


class AcousticBackend(Strict):
    """Measures and norms, no model."""

    backend: Literal["acoustic"] = "acoustic"


class OpenAiBackend(Strict):
    """A model behind an OpenAI-compatible server that takes audio."""

    backend: Literal["openai"]
    endpoint: EndpointConfig
    longest_s: float = Field(default=600.0, gt=0)


class UasBackend(Strict):
    """Our own server; ``not_for_model`` is the model that the data is for."""

    backend: Literal["uas"]
    endpoint: EndpointConfig
    not_for_model: str


CaptionBackend = Annotated[
    AcousticBackend | OpenAiBackend | UasBackend, Field(discriminator="backend")
]


def make_captioner(config: AcousticBackend | OpenAiBackend | UasBackend) -> Captioner:
    """The describer of a configuration.

    Raises ``EndpointError`` or ``ConfigError`` when its server cannot or must not be used.
    """
    match config:
        case AcousticBackend():
            return AcousticCaptioner()
        case OpenAiBackend():
            client = ChatClient(config.endpoint)
            return OpenAiCaptioner(client, config.endpoint.model, config.longest_s)
        case UasBackend():
            return UasCaptioner(config.endpoint, config.not_for_model)
        case _:
            assert_never(config)
