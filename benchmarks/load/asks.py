"""Requests as bytes: to our own server, and to vLLM's with the same prompt, clip and grammar."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from load.loops import Ask, Target
from uas_model.audio_tokens import COUNTS
from uas_model.checkpoint import Checkpoint
from uas_model.runner.request import GenerateRequest
from uas_schema.grammar import document_regex
from uas_server.engine.remote.dialect import Ask as Step
from uas_server.engine.remote.dialect import Clip, body_of
from uas_server.engine.remote.prompt import TurnReader
from uas_signal.decode import decode

NAME = "measured"
"""What vLLM's server calls the model."""


def uas_ask(
    target: Target,
    clip: bytes,
    audio_s: float,
    *,
    stream: bool,
    key: str | None = None,
    max_tokens: int | None = None,
) -> Ask:
    """POST /v1/uas with the clip as the body."""
    fields = {"stream": "true" if stream else "false"}
    if max_tokens is not None:
        fields["max_tokens"] = str(max_tokens)
    headers = {"Content-Type": "audio/wav"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    return Ask(_post(target, f"/v1/uas?{urlencode(fields)}", headers, clip), audio_s)


class VllmAsks:
    """POST /v1/chat/completions of vLLM's server: our prompt, and the whole document's grammar."""

    def __init__(self, checkpoint: Path) -> None:
        opened = Checkpoint.open(checkpoint, verify=False)
        self._tokens, self._family = opened.tokenizer, opened.prompts
        self._reader = TurnReader(self._tokens, self._family)
        self._count = COUNTS[self._family.clip.count]

    def prompt_ids(self, clip: bytes) -> tuple[int, ...]:
        """What our server gives its engine for this clip, placeholders expanded."""
        samples = decode(clip).samples
        parts = self._family.render("uas")
        return tuple(self._tokens.encode_prompt(parts, self._count(len(samples))))

    def ask(self, target: Target, clip: bytes, *, max_tokens: int, **more: object) -> Ask:
        """One request, streamed, with its usage at the end; `more` goes into its JSON."""
        samples = decode(clip).samples
        request = GenerateRequest("r", self.prompt_ids(clip), (samples,))
        sound = base64.b64encode(clip).decode("ascii")
        step = Step(said="", pattern=document_regex(), words="", room=max_tokens)
        body = body_of("vllm", NAME, Clip(self._reader.read(request), sound, ""), step, ids=False)
        body |= {"stream_options": {"include_usage": True}, **more}
        headers = {"Content-Type": "application/json"}
        data = json.dumps(body).encode()
        audio_s = len(samples) / 16_000
        return Ask(_post(target, "/v1/chat/completions", headers, data), audio_s)


def _post(target: Target, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    fields = {"Host": f"{target.host}:{target.port}", **headers, "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body
