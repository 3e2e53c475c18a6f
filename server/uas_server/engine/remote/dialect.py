"""What one step of a generation looks like as a request of OpenAI's chat API, by kind of back end.

vllm    `structured_outputs`, `continue_final_message`, clips as `input_audio`
sglang  `regex`, `continue_final_message`, clips as `audio_url`
openai  none of these: the form of the answer is asked for in words

Knows nothing of HTTP or of answers.
"""

from __future__ import annotations

import base64
import io
import re
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray

from uas_schema.prompts import Audio
from uas_schema.skeleton import Literal, Node, Repeat
from uas_schema.strict import Strict, read_yaml
from uas_server.engine.remote.prompt import Turn
from uas_server.remote_settings import Kind
from uas_signal import SAMPLE_RATE_HZ

TOP_LOGPROBS = 20
"""The most that OpenAI's API gives of one place."""

TOKEN_ID = "token_id:"  # noqa: S105 - the beginning of a name
"""Begins the name of a token whose id was asked for."""

_FULL_SCALE = 32_767
_MOST_SEED = 2**31 - 1
_TEMPLATES = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - plain text

_compiled = cache(_TEMPLATES.from_string)


@dataclass(frozen=True)
class Ask:
    """One step: what has been said, and what may follow.

    Attributes:
        said: the beginning of the answer.
        pattern: what the rest must match; None is any text.
        words: the same for a back end that cannot keep to a pattern.
        room: tokens that it may take.
        top: whether tokens of every place are wanted with their probabilities.
        ids: which ones, by our vocabulary; a back end that cannot be told names the likeliest.
    """

    said: str
    pattern: str | None
    words: str
    room: int
    temperature: float = 0.0
    seed: int | None = None
    top: bool = False
    ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Clip:
    """A clip with the message it belongs to, ready to be sent.

    Attributes:
        turn: the message.
        wav: the clip as WAV in base64.
        salt: of the back end's caches.
    """

    turn: Turn
    wav: str
    salt: str

    @classmethod
    def of(cls, turn: Turn, samples: NDArray[np.float32], salt: str) -> Clip:
        """Write `samples`, `[T] float32` at 16 kHz, as 16-bit WAV."""
        return cls(turn, base64.b64encode(_wav(samples)).decode("ascii"), salt)


class _ControlTokens(Strict):
    look: str
    written: str


class _InWords(Strict):
    form: str
    choices: str
    pattern: str
    going_on: str


class _Places(Strict):
    closed: str
    string: str
    string_or_null: str


class _Phrases(Strict):
    control_tokens: _ControlTokens
    in_words: _InWords
    places: _Places


def keeps_to_patterns(kind: Kind) -> bool:
    """Whether this kind of back end enforces a pattern, and goes on from what was said."""
    return kind != "openai"


def body_of(kind: Kind, model: str, clip: Clip, ask: Ask, *, ids: bool) -> dict[str, Any]:
    """The JSON of a request; `ids` asks for the ids of tokens where the back end can give them."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": _content(kind, clip, ask)}],
        "temperature": ask.temperature,
        "stream": True,
    }
    if ask.seed is not None:
        body["seed"] = ask.seed % _MOST_SEED
    if ask.top:
        body |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
    if kind == "openai":
        return body | {"max_completion_tokens": ask.room}
    body["max_tokens"] = ask.room
    if clip.salt:
        body["cache_salt"] = clip.salt
    if ask.said:
        body["messages"].append({"role": "assistant", "content": harmless(ask.said)})
        body["continue_final_message"] = True
    if kind == "vllm":
        return body | _for_vllm(ask, ids=ids)
    return body | ({"regex": ask.pattern} if ask.pattern is not None else {})


def harmless(text: str) -> str:
    """Text in which nothing is a control token, of whatever vocabulary."""
    tokens = _phrases().control_tokens
    return re.sub(tokens.look, tokens.written, text)


def form_in_words(nodes: Sequence[Node]) -> str:
    """The form of a document, for a back end that cannot keep to a pattern."""
    return _render(_phrases().in_words.form, form="".join(map(_shown, nodes)))


def choices_in_words(texts: Sequence[str]) -> str:
    """Allowed answers, for the same."""
    return _render(_phrases().in_words.choices, choices=texts)


def pattern_in_words(pattern: str) -> str:
    """A caller's pattern, for the same."""
    return _render(_phrases().in_words.pattern, form=pattern)


def _for_vllm(ask: Ask, *, ids: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if ask.said:
        fields["add_generation_prompt"] = False
    if ask.top and ids:
        fields |= {"return_tokens_as_token_ids": True, "logprob_token_ids": list(ask.ids)}
    if ask.pattern is not None:
        fields["structured_outputs"] = {"regex": ask.pattern}
    return fields


def _content(kind: Kind, clip: Clip, ask: Ask) -> list[dict[str, Any]]:
    content = [
        _sound(kind, clip.wav) if isinstance(part, Audio) else _text(part.text)
        for part in clip.turn.parts
    ]
    if not keeps_to_patterns(kind):
        content += [_text(text) for text in (ask.words, _begun(ask.said)) if text]
    return content


def _begun(said: str) -> str:
    return _render(_phrases().in_words.going_on, said=said) if said else ""


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": harmless(text)}


def _sound(kind: Kind, wav: str) -> dict[str, Any]:
    if kind == "sglang":
        return {"type": "audio_url", "audio_url": {"url": f"data:audio/wav;base64,{wav}"}}
    return {"type": "input_audio", "input_audio": {"data": wav, "format": "wav"}}


def _wav(samples: NDArray[np.float32]) -> bytes:
    whole = np.clip(np.round(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE_HZ)
        writer.writeframes(whole.tobytes())
    return file.getvalue()


def _shown(node: Node) -> str:
    places = _phrases().places
    if isinstance(node, Literal):
        return node.text
    if isinstance(node, Repeat):
        item = "".join(map(_shown, node.item))
        return f"{node.first}{item}{node.end}"
    if node.values is not None:
        return _render(places.closed, values=node.values)
    return places.string if node.kind == "string" else places.string_or_null


def _render(template: str, **values: object) -> str:
    return _compiled(template).render(values)


@cache
def _phrases() -> _Phrases:
    text = files("uas_server").joinpath("data", "remote.yaml").read_text(encoding="utf-8")
    return read_yaml(_Phrases, text, "remote.yaml")
