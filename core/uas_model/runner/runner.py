"""A checkpoint on this CPU: clips and token ids in, constrained text out, one at a time.

Synchronous and single: the engine around it has the queue and the process. Knows nothing of UAS
fields or prompts.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from uas_model.audio_vocabulary import AudioVocabulary
from uas_model.checkpoint import Checkpoint
from uas_model.runner.audio_encoder import AudioEncoder, Projector
from uas_model.runner.audio_tokenizer import AudioTokenizer
from uas_model.runner.cached_forward import CachedForward
from uas_model.runner.constraints import ANY_TEXT
from uas_model.runner.encoder_cache import EncoderCache, clip_key
from uas_model.runner.errors import AudioMismatch, RequestTooLong
from uas_model.runner.kv_cache import KvPool
from uas_model.runner.language_model import LanguageModel, LanguageModelConfig
from uas_model.runner.linear import Precision
from uas_model.runner.request import MOST_CONTEXT_TOKENS, Final, GenerateRequest, Hooks
from uas_model.runner.writer import TextCodec, Vocabulary, Writer
from uas_model.shards import read_tensors

PrecisionChoice: TypeAlias = Precision | Literal["auto"]

TREE_TOKENS = 512
"""Room behind the context for the tokens of the texts that a choice compares."""


class Runner:
    """The weights of one checkpoint and the caches around them.

    `audio_vocabulary` says which audio tokens a clip is; without it a clip is projected states.
    """

    def __init__(
        self,
        config: dict[str, Any],
        weights: dict[str, Tensor],
        codec: TextCodec,
        precision: PrecisionChoice = "auto",
        *,
        pinned: Sequence[str] = (),
        conversations: int = 4,
        audio_vocabulary: AudioVocabulary | None = None,
    ) -> None:
        self.precision: Precision = "int8" if precision == "auto" else precision
        self._audio_id: int = config["audio_token_id"]
        text_config = LanguageModelConfig.of(config["text_config"])
        self.language_model = LanguageModel(text_config, weights, self.precision)
        self._encoder = AudioEncoder(config["audio_config"], weights)
        self._projector = Projector(weights)
        self._audio_tokenizer = (
            None if audio_vocabulary is None else AudioTokenizer(self._encoder, audio_vocabulary)
        )
        self.context_tokens = min(MOST_CONTEXT_TOKENS, text_config.most_tokens)
        self.vocabulary = Vocabulary(codec, text_config.vocabulary_size, (ANY_TEXT, *pinned))
        self.clips = EncoderCache()
        room = self.context_tokens + TREE_TOKENS
        self._pool = KvPool(text_config.cache_shape(room, self.precision), conversations)

    @classmethod
    def load(
        cls,
        path: Path,
        codec: TextCodec,
        precision: PrecisionChoice = "auto",
        *,
        pinned: Sequence[str] = (),
    ) -> Runner:
        """Load the safetensors of a checkpoint folder.

        Args:
            path: folder with config.json and *.safetensors.
            codec: the checkpoint's text tokens.
            precision: of the language model; "auto" is int8. The encoder is always float32.
            pinned: patterns to compile now and keep.

        Raises:
            RefusedModel: see `Checkpoint.open`; the codebook does not fit the tokenizer.
        """
        vocabulary = AudioVocabulary.of(Checkpoint.open(path, verify=False))
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        weights = read_tensors(path)
        return cls(config, weights, codec, precision, pinned=pinned, audio_vocabulary=vocabulary)

    @torch.inference_mode()
    def encode_audio(self, samples: NDArray[np.float32]) -> Tensor:
        """What stands for a clip `[T] float32`, at most 30 s: `[audio tokens, hidden]`."""
        if self._audio_tokenizer is None:
            return self._projector.embed(self._encoder.hear(samples))
        return self.language_model.embed(self._audio_tokenizer.ids(samples).tolist())

    @torch.inference_mode()
    def generate(self, request: GenerateRequest, hooks: Hooks) -> Final:
        """Run one generation to its end. Raises `RunnerError` about the request."""
        started = time.perf_counter()
        self._check_room(request)
        keys, audio = self._hear(request)
        encoded = time.perf_counter()
        ids = (*request.prompt_ids, *request.prefill_ids)
        cache = self._pool.take(request.cache_salt, keys)
        forward = CachedForward(self.language_model, cache, self._embed(ids, audio), keys)
        remaining = ids[len(cache) :]
        final = Writer(forward, self.vocabulary, request, remaining, hooks).write()
        timings = {
            "encode_s": encoded - started,
            "prefill_s": forward.prefill_s,
            "decode_s": time.perf_counter() - encoded - forward.prefill_s,
        }
        return dataclasses.replace(final, timings=timings)

    def _check_room(self, request: GenerateRequest) -> None:
        given = len(request.prompt_ids) + len(request.prefill_ids)
        if given + request.max_tokens > self.context_tokens:
            raise RequestTooLong(
                f"{given} tokens of prompt and prefill and a budget of {request.max_tokens} do not "
                f"fit a context of {self.context_tokens}; shorten the question or the budget"
            )

    def _hear(self, request: GenerateRequest) -> tuple[list[int], list[Tensor]]:
        """Embed the clips, and name each prompt position by what stands there."""
        keys = [*request.prompt_ids, *request.prefill_ids]
        places = [
            index for index, token in enumerate(request.prompt_ids) if token == self._audio_id
        ]
        clips: list[Tensor] = []
        place = iter(places)
        for samples in request.audio:
            key = clip_key(request.cache_salt, samples)
            clip = self.clips.get(key, lambda samples=samples: self._embed_clip(samples))  # type: ignore[misc]
            number = int.from_bytes(key[:6], "big") * self.context_tokens
            for offset, index in zip(range(len(clip)), place, strict=False):
                keys[index] = -1 - number - offset
            clips.append(clip)
        if sum(map(len, clips)) != len(places):
            raise AudioMismatch(
                f"the prompt has {len(places)} audio placeholders and the clips need "
                f"{[len(clip) for clip in clips]}; build it with the processor's token count"
            )
        return keys, clips

    def _embed_clip(self, samples: NDArray[np.float32]) -> Tensor:
        """A clip as the language model takes it, which may be half of what the encoder gives."""
        return self.encode_audio(samples).to(self.language_model.dtype)

    def _embed(self, ids: Sequence[int], audio: list[Tensor]) -> Tensor:
        x = self.language_model.embed(ids)
        if audio:
            x[torch.tensor(ids) == self._audio_id] = torch.cat(audio)
        return x
