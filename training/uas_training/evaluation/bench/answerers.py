"""Who answers: a checkpoint here, a running `uas serve`, or any endpoint that speaks OpenAI's chat.

They get samples and texts; they know nothing of benchmarks, files or rules.
"""

import base64
import io
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import jinja2
import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_training.evaluation.bench.catalogue import ReplyForm

if TYPE_CHECKING:  # it brings torch, which a server or an endpoint does not need
    from uas_training.evaluation.listeners import Listener

Samples = NDArray[np.float32]

_TRIES = 5
_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_WAIT_S = 60.0
_ANSWER_TOKENS = 256
# A second of silence stands for "no audio" where a clip must be sent.
_SILENCE = np.zeros(SAMPLE_RATE_HZ, np.float32)


class AnswerFailed(Exception):
    """No answer to one question; the message is short and holds nothing of the question."""


class Answerer(Protocol):
    """Answers multiple-choice questions on clips.

    Attributes:
        name: what reports call it.
        reply: whether it is asked for the letter of a choice or for its text.
    """

    name: str
    reply: ReplyForm

    def answer(self, samples: Samples | None, question: str, choices: Sequence[str]) -> str:
        """Answer one question.

        Args:
            samples: ``[T] float32``, mono, 16 kHz; None is a question without audio.
            question: its text.
            choices: in the order in which they are to be shown.

        Raises:
            AnswerFailed: this question has no answer; others may have one.
        """


class ListenerAnswerer:
    """A checkpoint in this process. It answers with the text of a choice."""

    reply: ReplyForm = "text"

    def __init__(self, listener: "Listener", name: str) -> None:
        self.name = name
        self._listener = listener

    def answer(self, samples: Samples | None, question: str, choices: Sequence[str]) -> str:
        """Ask the listener."""
        texts = _by_plain_text(choices)
        said = self._listener.ask(samples, question, tuple(texts))
        return texts.get(said, said)


class ServerAnswerer:
    """A running `uas serve`: ``POST /v1/ask``, which answers with one of the choices.

    The server takes no question without a clip: it gets a second of silence then.
    """

    reply: ReplyForm = "text"

    def __init__(
        self, client: httpx.Client, name: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.name = name
        self._client, self._sleep = client, sleep

    def answer(self, samples: Samples | None, question: str, choices: Sequence[str]) -> str:
        """Send the clip and the question."""
        texts = _by_plain_text(choices)
        clip = wav(_SILENCE if samples is None else samples)
        body = _post(
            self._client,
            "/v1/ask",
            self._sleep,
            files={"file": ("clip.wav", clip)},
            data={"question": question, "choices": list(texts)},
        )
        said = body.get("answer")
        if not isinstance(said, str):
            raise AnswerFailed("the server's JSON has no answer")
        return texts.get(said, said)


class ChatAnswerer:
    """An endpoint with ``chat/completions`` that takes ``input_audio``; it writes freely."""

    def __init__(
        self,
        client: httpx.Client,
        name: str,
        prompt: str,
        reply: ReplyForm,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take a client whose base URL ends before ``chat/completions``.

        Args:
            client: with the key in its headers.
            name: the model that the endpoint is to run.
            prompt: Jinja template that sees ``question`` and ``choices``.
            reply: what the prompt asks for.
            sleep: waits before another try.
        """
        self.name, self.reply = name, reply
        self._client, self._sleep = client, sleep
        environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 (a prompt, not HTML)
        self._prompt = environment.from_string(prompt)

    def answer(self, samples: Samples | None, question: str, choices: Sequence[str]) -> str:
        """Send one turn: the clip, then the text."""
        text = self._prompt.render(question=question, choices=list(choices))
        content: list[dict[str, Any]] = [{"type": "text", "text": text}]
        if samples is not None:
            data = base64.b64encode(wav(samples)).decode("ascii")
            audio = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
            content.insert(0, audio)
        body = _post(
            self._client,
            "chat/completions",
            self._sleep,
            json={
                "model": self.name,
                "messages": [{"role": "user", "content": content}],
                "max_tokens": _ANSWER_TOKENS,
                "temperature": 0,
            },
        )
        try:
            said = body["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError):
            said = None
        if not isinstance(said, str):
            raise AnswerFailed("the endpoint's JSON has no text")
        return said


def wav(samples: Samples) -> bytes:
    """A WAV file of 16-bit samples, from ``[T] float32`` at 16 kHz."""
    import soundfile

    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE_HZ, format="WAV", subtype="PCM_16")
    return file.getvalue()


def plain_text(choice: str) -> str:
    """The text of a choice on one line."""
    return " ".join(choice.split())


def _by_plain_text(choices: Sequence[str]) -> dict[str, str]:
    """The choices by their texts on one line, each once: what can be forced.

    Raises ``AnswerFailed`` when fewer than two are left to choose from.
    """
    texts: dict[str, str] = {}
    for choice in choices:
        texts.setdefault(plain_text(choice), choice)
    texts.pop("", None)
    if len(texts) < 2:
        raise AnswerFailed(f"{len(texts)} different choices: nothing to choose from")
    return texts


def _post(
    client: httpx.Client, path: str, sleep: Callable[[float], None], **request: Any
) -> Mapping[str, Any]:
    """JSON that the server answers; what says that it is busy is tried again.

    Raises ``AnswerFailed`` with the status or the kind of failure, nothing of the body.
    """
    for tried in range(1, _TRIES + 1):
        try:
            response = client.post(path, **request)
        except httpx.HTTPError as error:
            reason, wait_s = type(error).__name__, 2.0**tried
        else:
            if response.is_success:
                return _object(response)
            reason, wait_s = f"HTTP {response.status_code}", _wait_s(response, tried)
            if response.status_code not in _BUSY:
                break
        if tried < _TRIES:
            sleep(wait_s)
    raise AnswerFailed(reason)


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise AnswerFailed("the answer is no JSON object")
    return body


def _wait_s(response: httpx.Response, tried: int) -> float:
    """Seconds to wait: what the server says, within bounds, or longer each time."""
    said = response.headers.get("retry-after", "")
    return min(float(said), _LONGEST_WAIT_S) if said.isdigit() else 2.0**tried
