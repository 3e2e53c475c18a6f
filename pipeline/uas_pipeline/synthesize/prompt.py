"""The prompt that asks a language model for a draft, and the JSON Schema that holds it."""

from functools import cache
from typing import Any

from uas_pipeline.caption.caption import Caption
from uas_pipeline.corpora.speech import Recording
from uas_pipeline.package_data import read_package_yaml
from uas_pipeline.synthesize.config import MergeConfig
from uas_pipeline.synthesize.facts import corpus_facts
from uas_pipeline.templates import Template, fill_lines
from uas_schema.ontology import load_ontology
from uas_schema.strict import Strict


class SynthesisPrompts(Strict):
    """``data/prompts.yaml`` as it is written."""

    draft: Template


@cache
def load_synthesis_prompts() -> SynthesisPrompts:
    """Read the prompts (once)."""
    return read_package_yaml(SynthesisPrompts, "uas_pipeline.synthesize", "data/prompts.yaml")


def draft_prompt(recording: Recording, caption: Caption, config: MergeConfig) -> str:
    """Text that asks for a draft. Raises ``Rejected`` for corpus words that nobody knows."""
    ontology = load_ontology()
    return fill_lines(
        load_synthesis_prompts().draft,
        voice=caption.voice,
        environment=caption.environment,
        text=recording.text,
        language=recording.language,
        facts=corpus_facts(recording, config),
        ages=ontology.closed["age"],
        genders=ontology.closed["gender"],
        emotions=ontology.closed["emotion"],
        accents=ontology.accents,
        rates=ontology.prosody["rate"].levels,
        pitches=ontology.prosody["pitch"].levels,
        ranges=ontology.prosody["range"].levels,
        brightnesses=ontology.timbre["brightness"].levels,
        textures=ontology.timbre["texture"].levels,
        scenes=tuple(ontology.scenes.values()),
    )


@cache
def draft_schema() -> dict[str, Any]:
    """JSON Schema of a ``Draft`` with the ontology's values, and nothing but it."""
    closed = load_ontology().closed
    text: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    event = _object({"label": {"type": "string"}, "characteristic": {"type": "string"}})
    sounds = {"type": "array", "items": event}
    return _object(
        {
            **{
                field: {"anyOf": [{"type": "string", "enum": list(values)}, {"type": "null"}]}
                for field, values in closed.items()
            },
            **dict.fromkeys(("accent", "prosody", "timbre", "description"), text),
            **dict.fromkeys(("discrete", "continuous"), sounds),
        }
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
