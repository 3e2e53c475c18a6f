"""Ways to run a model on a clip: our runner, or stock transformers.

Both take the same prompt ids; they differ in who decodes. The runner obeys the grammar and may be
given the transcript; stock ``generate`` writes freely, which shows that the values are the
model's own.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from uas_model.audio_tokens import audio_token_count
from uas_model.audio_vocabulary import put_sounds
from uas_model.checkpoint import Checkpoint
from uas_model.load import load_model
from uas_model.runner.audio_tokenizer import AudioTokenizer
from uas_model.runner.constraints import Choice, Constraint
from uas_model.runner.request import Final, GenerateRequest, Hooks
from uas_model.runner.runner import PrecisionChoice, Runner
from uas_model.tokens import TextTokens
from uas_schema.document import canonical_string
from uas_schema.prompts import PromptFamily, PromptPart, load_prompts
from uas_schema.skeleton import START, TRANSCRIPTION, Slot, after_transcription

Samples = NDArray[np.float32]
DraftUse = Literal["forced", "prompt", "none"]

NO_VOICE, VOICE = "null", '"'
_SILENT = Hooks(say=lambda _: None, interrupted=lambda: None)
DOCUMENT_TOKENS = 320
ANSWER_TOKENS = 24
TRANSCRIPT_TOKENS = 64


@dataclass(frozen=True)
class Heard:
    """A document as text, the probabilities of its closed slots, and the seconds it took."""

    text: str
    probabilities: dict[str, dict[str, float]] = field(default_factory=dict)
    seconds: float = 0.0


class Listener(Protocol):
    """Describes a clip and answers questions on it. ``samples`` None is a prompt without audio."""

    def describe(self, samples: Samples | None, draft: str | None, use: DraftUse) -> Heard:
        """Write the clip's document."""

    def ask(self, samples: Samples | None, question: str, choices: Sequence[str] = ()) -> str:
        """Answer a question; one of its choices where it has some."""


class RunnerListener:
    """Our own decoding, as ``uas serve`` does it with the local engine."""

    def __init__(self, tokens: TextTokens, prompts: PromptFamily, runner: Runner) -> None:
        self.tokens, self.prompts, self.runner = tokens, prompts, runner
        self._count = 0

    @classmethod
    def load(cls, path: Path, precision: PrecisionChoice = "auto") -> RunnerListener:
        """Load a checkpoint folder."""
        checkpoint = Checkpoint.open(path)
        prompts = load_prompts(checkpoint.info.prompt_family)
        runner = Runner.load(path, checkpoint.tokenizer, precision)
        return cls(checkpoint.tokenizer, prompts, runner)

    def describe(self, samples: Samples | None, draft: str | None, use: DraftUse) -> Heard:
        """Branch, transcript, then the rest, under the grammar."""
        started = time.perf_counter()
        shown = draft if use == "prompt" else None
        prompt = self.prompts.render("uas", draft=shown)
        branch = self._generate(prompt, samples, [START.text], Choice((NO_VOICE, VOICE)), 8)
        voice = branch.text != NO_VOICE
        pieces, constraint = [START.text], after_transcription(voice)
        if not voice:
            pieces.append(NO_VOICE)
        elif use == "forced" and draft:
            pieces.append(canonical_string(draft))
        else:
            constraint = (Slot(TRANSCRIPTION, "string"), *constraint)
        rest = self._generate(prompt, samples, pieces, constraint, DOCUMENT_TOKENS)
        probabilities = {**(rest.slot_probs or {}), "voice": (branch.slot_probs or {})["choice"]}
        seconds = time.perf_counter() - started
        return Heard("".join(pieces) + rest.text, probabilities, seconds)

    def ask(self, samples: Samples | None, question: str, choices: Sequence[str] = ()) -> str:
        """Force one of the choices, or write a short free answer."""
        prompt = self.prompts.render("ask", question=question, choices=tuple(choices))
        constraint = Choice(tuple(choices)) if choices else None
        longest = max((len(self.tokens.encode_text(text)) for text in choices), default=0)
        budget = longest + 1 if choices else ANSWER_TOKENS
        return self._generate(prompt, samples, [], constraint, budget).text

    def transcribe(self, samples: Samples | None) -> str:
        """Write freely what is said."""
        prompt = self.prompts.render("asr")
        return self._generate(prompt, samples, [], None, TRANSCRIPT_TOKENS).text

    def _generate(
        self,
        prompt: Sequence[PromptPart],
        samples: Samples | None,
        pieces: Sequence[str],
        constraint: Constraint | None,
        max_tokens: int,
    ) -> Final:
        self._count += 1
        count = 0 if samples is None else audio_token_count(len(samples))
        request = GenerateRequest(
            request_id=str(self._count),
            prompt_ids=tuple(self.tokens.encode_prompt(prompt, count)),
            audio=() if samples is None else (samples,),
            prefill_ids=tuple(i for piece in pieces for i in self.tokens.encode_text(piece)),
            constraint=constraint,
            max_tokens=max_tokens,
            want_probs=True,
            cache_salt=_salt(samples),
        )
        return self.runner.generate(request, _SILENT)


def _salt(samples: Samples | None) -> str:
    """Caches are shared within a clip alone: a run that is gone on with then answers the same."""
    return "" if samples is None else hashlib.sha256(samples.tobytes()).hexdigest()


def _seed(ids: Sequence[int], samples: Samples | None) -> int:
    """The same for the same prompt and clip, in whatever order they come."""
    return int(hashlib.sha256(f"{ids} {_salt(samples)}".encode()).hexdigest()[:15], 16)


class StockListener:
    """Stock transformers: 30 s features, ``generate``, no grammar and no draft.

    It takes the likeliest tokens, or draws them at a ``temperature`` above 0, always the same ones
    for the same prompt. Audio tokens are made by our own encoder and stand in the prompt.
    """

    def __init__(self, path: Path, temperature: float = 0.0) -> None:
        from transformers import WhisperFeatureExtractor

        checkpoint = Checkpoint.open(path)
        self.tokens = checkpoint.tokenizer
        self.audio_tokens = AudioTokenizer.of(checkpoint)
        self.prompts = load_prompts(checkpoint.info.prompt_family)
        # Any: transformers types `generate` by its keyword arguments, which are in a dict here.
        self.model: Any = load_model(path, torch.bfloat16)
        self.extract = WhisperFeatureExtractor.from_pretrained(path)
        self.drawing: dict[str, object] = {"do_sample": False}
        if temperature:
            self.drawing = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}

    def describe(self, samples: Samples | None, draft: str | None, use: DraftUse) -> Heard:
        """Write the document freely; a draft can only stand in the prompt."""
        started = time.perf_counter()
        prompt = self.prompts.render("uas", draft=draft if use == "prompt" else None)
        text = self._generate(prompt, samples, DOCUMENT_TOKENS)
        return Heard(text, seconds=time.perf_counter() - started)

    def ask(self, samples: Samples | None, question: str, choices: Sequence[str] = ()) -> str:
        """Answer freely, also where choices were offered."""
        prompt = self.prompts.render("ask", question=question, choices=tuple(choices))
        return self._generate(prompt, samples, ANSWER_TOKENS)

    @torch.inference_mode()
    def _generate(
        self, prompt: Sequence[PromptPart], samples: Samples | None, max_tokens: int
    ) -> str:
        count = 0 if samples is None else audio_token_count(len(samples))
        marked = self.tokens.encode_prompt(prompt, count)
        if samples is not None and self.audio_tokens is not None:
            sound = self.audio_tokens.ids(samples).tolist()
            marked = put_sounds(marked, self.tokens.audio_id, [sound])
        ids = torch.tensor([marked])
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if samples is not None and self.audio_tokens is None:
            features = self.extract(
                samples, sampling_rate=16_000, return_tensors="pt", return_attention_mask=True
            )
            inputs["input_features"] = features.input_features.to(torch.bfloat16)
            inputs["input_features_mask"] = features.attention_mask
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_seed(marked, samples))
            output = self.model.generate(**inputs, max_new_tokens=max_tokens, **self.drawing)
        return self.tokens.decode(output[0, ids.shape[1] :].tolist())
