"""Who answers: a checkpoint here, a running `uas serve`, or any endpoint that speaks OpenAI's chat.

They get samples and texts; they know nothing of benchmarks, files or rules.
"""

import base64
import io
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import jinja2
import numpy as np
from numpy.typing import NDArray

from uas_signal import SAMPLE_RATE_HZ
from uas_training.evaluation.bench.catalogue import ReplyForm
from uas_training.evaluation.endpoint import AnswerFailed, Sleep, chat, post

if TYPE_CHECKING:  # it brings torch, which a server or an endpoint does not need
    from uas_training.evaluation.listeners import Listener

Samples = NDArray[np.float32]

_ANSWER_TOKENS = 256
# A second of silence stands for "no audio" where a clip must be sent.
_SILENCE = np.zeros(SAMPLE_RATE_HZ, np.float32)


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

    def __init__(self, client: httpx.Client, name: str, sleep: Sleep = time.sleep) -> None:
        self.name = name
        self._client, self._sleep = client, sleep

    def answer(self, samples: Samples | None, question: str, choices: Sequence[str]) -> str:
        """Send the clip and the question."""
        texts = _by_plain_text(choices)
        clip = wav(_SILENCE if samples is None else samples)
        body = post(
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
        sleep: Sleep = time.sleep,
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
        return chat(self._client, self.name, content, max_tokens=_ANSWER_TOKENS, sleep=self._sleep)


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
