"""Describes live sessions as AsyncAPI 3: a frame that is package data, and our messages in it."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import yaml
from pydantic.json_schema import models_json_schema

from uas_schema import __version__
from uas_schema.strict import Strict
from uas_server.errors import CODES
from uas_server.live.closing import MEANINGS, close_code
from uas_server.live.messages import CLIENT_MESSAGES, SERVER_EVENTS

AUDIO = "Audio"
ERRORS = (
    *("invalid_message", "invalid_audio", "model_not_found", "message_too_big", "too_slow"),
    *("session_too_long", "session_not_found", "session_taken_over", "idle_timeout"),
    *("too_many_sessions", "server_full", "lagging_too_far", "internal_error"),
)
"""Codes of the errors that end a session, or keep it from beginning."""

_SCHEMAS = "#/components/schemas/"


def describe_stream() -> dict[str, Any]:
    """The description, ready to be written."""
    text = files("uas_server").joinpath("data", "asyncapi.yaml").read_text(encoding="utf-8")
    described: dict[str, Any] = yaml.safe_load(text)
    described["info"] |= {"version": __version__}
    described["info"]["description"] += _codes()
    models = [(kind, "serialization") for kind in (*CLIENT_MESSAGES, *SERVER_EVENTS)]
    _, schemas = models_json_schema(models, ref_template=_SCHEMAS + "{model}")  # type: ignore[arg-type]
    components = described["components"]
    components["schemas"] = schemas["$defs"]
    components["messages"] = {AUDIO: _audio(), **_messages((*CLIENT_MESSAGES, *SERVER_EVENTS))}
    described["channels"]["stream"]["messages"] = {
        name: {"$ref": f"#/components/messages/{name}"} for name in components["messages"]
    }
    operations = described["operations"]
    sent = [AUDIO, *(kind.__name__ for kind in CLIENT_MESSAGES)]
    operations["send"]["messages"] = _references(sent)
    operations["listen"]["messages"] = _references(kind.__name__ for kind in SERVER_EVENTS)
    return described


def as_yaml(described: dict[str, Any]) -> str:
    """The text of `asyncapi.yaml`."""
    return yaml.safe_dump(described, sort_keys=False, allow_unicode=True, width=100)


def _codes() -> str:
    """The close codes, and the errors that come before them, as Markdown."""
    codes = [f"- {code}: {meaning}" for code, meaning in MEANINGS.items()]
    errors = [f"- `{name}`, as HTTP {CODES[name]}: {close_code(name)}" for name in ERRORS]
    return "\n".join(["\nClose codes:\n", *codes, "\nErrors and their close codes:\n", *errors, ""])


def _audio() -> dict[str, Any]:
    return {
        "name": "audio",
        "contentType": "application/octet-stream",
        "summary": "A binary message of audio, coded as `start` says.",
        "payload": {"type": "string", "format": "binary"},
    }


def _messages(kinds: Iterable[type[Strict]]) -> dict[str, Any]:
    return {
        kind.__name__: {
            "name": _name(kind),
            "summary": (kind.__doc__ or "").strip(),
            "payload": {"$ref": _SCHEMAS + kind.__name__},
        }
        for kind in kinds
    }


def _name(kind: type[Strict]) -> str:
    """The value that tells a message from others: its `type`, or its `event`."""
    fields = kind.model_fields
    tag = fields["type"] if "type" in fields else fields["event"]
    (name,) = getattr(tag.annotation, "__args__", ("",))
    return str(name)


def _references(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/stream/messages/{name}"} for name in names]
