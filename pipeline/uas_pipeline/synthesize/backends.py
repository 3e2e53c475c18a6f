"""Which synthesizer a configuration names, and how it is made."""

from typing import Annotated, Literal, assert_never

from pydantic import Field

from uas_pipeline.endpoint.chat import ChatClient
from uas_pipeline.endpoint.config import EndpointConfig
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.local import LocalModelConfig, LocalSynthesizer
from uas_pipeline.synthesize.openai import OpenAiSynthesizer
from uas_pipeline.synthesize.protocol import Synthesizer
from uas_pipeline.synthesize.rules import RulesSynthesizer
from uas_schema.strict import Strict


class RulesBackend(Strict):
    """Deterministic, without a model."""

    backend: Literal["rules"] = "rules"
    merge: MergeConfig = MergeConfig()


class OpenAiBackend(Strict):
    """A language model behind an OpenAI-compatible server."""

    backend: Literal["openai"]
    endpoint: EndpointConfig
    merge: MergeConfig = MergeConfig()


class LocalBackend(Strict):
    """A language model in this process."""

    backend: Literal["local"]
    model: LocalModelConfig
    merge: MergeConfig = MergeConfig()


SynthesizeBackend = Annotated[
    RulesBackend | OpenAiBackend | LocalBackend, Field(discriminator="backend")
]


def make_synthesizer(config: RulesBackend | OpenAiBackend | LocalBackend) -> Synthesizer:
    """The synthesizer of a configuration.

    Raises ``ConfigError`` or ``EndpointError`` when its model cannot be used.
    """
    match config:
        case RulesBackend():
            return RulesSynthesizer(config.merge)
        case OpenAiBackend():
            return OpenAiSynthesizer(ChatClient(config.endpoint), config.merge)
        case LocalBackend():
            return LocalSynthesizer(config.model, config.merge)
        case _:
            assert_never(config)
