"""The vLLM engine: AsyncLLM on GPUs or on a CPU, from the same code.

The only module that imports vllm; call `prepare_vllm` (`uas_server.engine.vllm_process`) before
importing it. Every step of a walk is a request to vLLM with the prompt and all that was said as
token ids: its prefix and multimodal caches, salted as the request asks, make that cheap. Free slots
go in as a regex; closed values and choices are rated from the raw log-probabilities of the tokens
in question. With `scoring: steps` a document is one request with one regex. vLLM runs the model in
a process of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from vllm import SamplingParams
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.exceptions import VLLMClientError, VLLMError
from vllm.lora.request import LoRARequest
from vllm.platforms import current_platform
from vllm.sampling_params import (
    MAX_LOGPROB_TOKEN_IDS,
    RequestOutputKind,
    StructuredOutputsParams,
)
from vllm.v1.engine.async_llm import AsyncLLM
from vllm.v1.engine.exceptions import EngineDeadError
from vllm.v1.metrics.prometheus import unregister_vllm_metrics

from uas_model.audio_tokens import SAMPLE_RATE_HZ, audio_token_count
from uas_model.runner.constraints import ANY_TEXT
from uas_model.tokens import TextTokens
from uas_schema.grammar import regex_of
from uas_schema.skeleton import after_transcription, voice_skeleton
from uas_server.engine.clip_tokens import ClipTokens
from uas_server.engine.errors import (
    ContextTooLong,
    EngineBusy,
    EngineDead,
    EngineError,
    InvalidConstraint,
)
from uas_server.engine.generation import Generation
from uas_server.engine.protocol import (
    Capabilities,
    Choice,
    Constraint,
    Event,
    GenerateRequest,
    Health,
    Regex,
)
from uas_server.engine.trail import LIKELIEST
from uas_server.engine.vllm_prompt import Prompt
from uas_server.engine.walk import Texts, Walk, sampled_part
from uas_server.engine.worker import document_patterns
from uas_server.vllm_settings import VllmSettings

CPU_BLOCK_TOKENS = 32
"""Tokens of a block of the prefix cache on a CPU, the smallest that vLLM's kernels like there.

What a step has to compute again is at most one block; vLLM's own default is 128.
"""


class VllmEngine:
    """Runs a checkpoint folder with vLLM.

    Args:
        path: the checkpoint.
        tokens: its vocabulary.
        settings: how vLLM is to run it.
        count: audio tokens of a clip of so many samples at 16 kHz.
        clip_tokens: of a checkpoint that reads audio tokens; vLLM then hears no clip and loads no
            encoder.
        most_waiting: requests that may wait beside the `max_num_seqs` that run; more get
            `EngineBusy`.
    """

    def __init__(
        self,
        path: Path,
        tokens: TextTokens,
        settings: VllmSettings,
        *,
        count: Callable[[int], int] = audio_token_count,
        clip_tokens: ClipTokens | None = None,
        most_waiting: int = 64,
    ) -> None:
        self._path = path
        self._tokens = tokens
        self._texts = Texts(tokens)
        self._settings = settings
        self._count = count
        self._clip_tokens = clip_tokens
        self._most_running = settings.max_num_seqs * settings.data_parallel + most_waiting
        self._tickets = itertools.count()
        self._running: dict[str, Generation] = {}
        self._llm: AsyncLLM | None = None
        self._health: Health = "starting"
        self._changing = asyncio.Lock()

    @property
    def capabilities(self) -> Capabilities:
        """Everything, many at a time."""
        return Capabilities(
            probabilities=True,
            constraints=frozenset({"skeleton", "regex", "choice"}),
            max_context_tokens=self._settings.max_model_len - 1,
            max_concurrency=self._settings.max_num_seqs * self._settings.data_parallel,
            exact_prefill=True,
        )

    def health(self) -> Health:
        """Say how the processes that run the model are."""
        if self._health == "ready" and (self._llm is None or self._llm.errored):
            return "dead"
        return self._health

    async def start(self) -> None:
        """Start vLLM's processes and warm them up. Raises `EngineDead`."""
        async with self._changing:
            await self._start()

    async def restart(self) -> None:
        """Replace vLLM's processes."""
        async with self._changing:
            await self._stop()
            await self._start()

    async def close(self) -> None:
        """End vLLM's processes."""
        async with self._changing:
            await self._stop()

    async def abort(self, request_id: str) -> None:
        """End a generation between two steps."""
        if request_id in self._running:
            self._running[request_id].end("aborted")

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """Walk the request's constraint and hand out what comes."""
        if self._llm is None or self.health() != "ready":
            raise EngineDead(f"the engine is {self.health()}; try again in a moment")
        if request.request_id in self._running:
            raise ValueError(f"request id {request.request_id!r} is already in flight")
        if len(self._running) >= self._most_running:
            raise EngineBusy(f"{len(self._running)} requests are here already; try again later")
        async with contextlib.aclosing(self._walk(self._llm, request)) as events:
            async for event in events:
                yield event

    async def _walk(self, llm: AsyncLLM, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        self._check_room(request)
        prompt = Prompt.of(request, self._tokens.audio_id, self._count)
        heard = partial(self._heard, prompt, request)
        model = _Model(llm, heard, next(self._tickets), self._settings)
        at_once = self._settings.scoring == "steps"
        generation = Generation(
            lambda say: Walk(model, self._texts, request, say, at_once=at_once), request
        )
        self._running[request.request_id] = generation
        try:
            async with contextlib.aclosing(generation.events()) as events:
                async for event in events:
                    yield event
        finally:
            if self._running.get(request.request_id) is generation:
                del self._running[request.request_id]

    async def _heard(self, prompt: Prompt, request: GenerateRequest) -> Prompt:
        if self._clip_tokens is None:
            return prompt
        sounds = await self._clip_tokens.of(request.cache_salt, request.audio)
        return Prompt.of_tokens(request, self._tokens.audio_id, sounds)

    def _check_room(self, request: GenerateRequest) -> None:
        given = len(request.prompt_ids) + len(request.prefill_ids)
        room = self.capabilities.max_context_tokens
        if given + request.max_tokens > room:
            raise ContextTooLong(
                f"{given} tokens of prompt and prefill and a budget of {request.max_tokens} do not "
                f"fit a context of {room}; shorten the question or the budget"
            )

    async def _start(self) -> None:
        self._health = "starting"
        hears = self._clip_tokens is None
        arguments = _engine_arguments(self._path, self._settings, hears=hears)
        try:
            async with asyncio.timeout(self._settings.start_s):
                self._llm = await asyncio.to_thread(AsyncLLM.from_engine_args, arguments)
                await self._warm_up(self._llm)
        except TimeoutError:
            await self._stop()
            raise EngineDead(
                f"the model was not ready after {self._settings.start_s:g} s; set vllm.start_s"
            ) from None
        except (EngineError, RuntimeError, ValueError, OSError, VLLMError) as error:
            await self._stop()
            raise EngineDead("the model could not be loaded; see the log") from error

    async def _warm_up(self, llm: AsyncLLM) -> None:
        """Compile what every request uses: the document's patterns, free text, ratings, audio."""
        clip = np.zeros(SAMPLE_RATE_HZ, np.float32)
        audio_ids = [self._tokens.audio_id] * self._count(len(clip))
        prompt_ids = (*audio_ids, *self._tokens.encode_text("Describe."))
        patterns = sorted({*self._document_patterns(), ANY_TEXT})
        constraints: list[Constraint] = [*map(Regex, patterns), Choice(("yes", "no"))]
        for number, constraint in enumerate(constraints):
            request = GenerateRequest(
                f"warm-up {number}", prompt_ids, (clip,), constraint=constraint, max_tokens=2
            )
            async for _ in self._walk(llm, request):
                pass
        self._health = "ready"

    def _document_patterns(self) -> set[str]:
        """Those that documents are sampled under, and what is left of one that went in circles."""
        if self._settings.scoring == "walk":
            return document_patterns()
        wholes = (voice_skeleton(), *(after_transcription(voice) for voice in (True, False)))
        return document_patterns() | {regex_of(sampled_part(nodes)) for nodes in wholes}

    async def _stop(self) -> None:
        self._health = "dead"
        for generation in tuple(self._running.values()):
            generation.end(EngineDead("the engine was stopped; try again in a moment"))
        self._running.clear()
        llm, self._llm = self._llm, None
        if llm is not None:
            if llm.output_handler is not None:
                llm.output_handler.cancel()  # or it logs an orderly end as a failure
            await asyncio.to_thread(llm.shutdown)
            unregister_vllm_metrics()  # or the last figures stay while nothing runs


class _Model:
    """The steps of one generation as requests to vLLM. Names of them hold nothing of a caller."""

    def __init__(
        self,
        llm: AsyncLLM,
        heard: Callable[[], Coroutine[Any, Any, Prompt]],
        ticket: int,
        settings: VllmSettings,
    ) -> None:
        self._llm = llm
        self._heard = heard
        self._prompt: asyncio.Task[Prompt] | None = None
        self._ticket = ticket
        self._numbers = itertools.count()
        self._at_once = asyncio.Semaphore(settings.max_num_seqs)
        # One copy of the model has the prefix of this generation in its cache.
        copies = settings.data_parallel
        self._copy = ticket % copies if copies > 1 else None
        self._lora = None if settings.lora is None else LoRARequest("uas", 1, str(settings.lora))

    async def sample(
        self, said: Sequence[int], pattern: str, *, room: int, temperature: float, seed: int | None
    ) -> AsyncGenerator[int, None]:
        """Yield tokens under `pattern`."""
        sampled = self.steps(
            said, pattern, room=room, temperature=temperature, seed=seed, likely=False
        )
        async with contextlib.aclosing(sampled) as steps:
            async for token, _ in steps:
                yield token

    async def steps(
        self,
        said: Sequence[int],
        pattern: str,
        *,
        room: int,
        temperature: float,
        seed: int | None,
        likely: bool,
    ) -> AsyncGenerator[tuple[int, Mapping[int, float]], None]:
        """Yield tokens; the end token takes a place of its own behind `room`.

        vLLM masks what the pattern forbids before it takes its raw log-probabilities, and divides
        by the temperature after.
        """
        parameters = SamplingParams(
            max_tokens=room + 1,
            temperature=temperature,
            seed=seed,
            structured_outputs=StructuredOutputsParams(regex=pattern),
            logprobs=LIKELIEST if likely else None,
            detokenize=False,
            output_kind=RequestOutputKind.DELTA,
        )
        with self._translated(InvalidConstraint, "the pattern cannot be compiled"):
            async with contextlib.aclosing(self._steps(said, parameters)) as steps:
                async for step in steps:
                    ended = step.finish_reason == "stop"
                    tokens = step.token_ids[:-1] if ended else step.token_ids
                    for token, row in zip(tokens, step.logprobs or repeat({}), strict=False):
                        yield token, {other: rated.logprob for other, rated in row.items()}

    async def rate(
        self, starts: Sequence[Sequence[int]], following: Sequence[Sequence[int]]
    ) -> list[Mapping[int, float]]:
        """Rate all rows in as few steps as there is room for."""
        with self._translated(EngineError, "the model failed on this request"):
            rows = zip(starts, following, strict=True)
            return await asyncio.gather(*(self._rate(start, tokens) for start, tokens in rows))

    async def _rate(self, start: Sequence[int], tokens: Sequence[int]) -> Mapping[int, float]:
        found: dict[int, float] = {}
        for first in range(0, len(tokens), MAX_LOGPROB_TOKEN_IDS):
            parameters = SamplingParams(
                max_tokens=1,
                temperature=0,
                logprob_token_ids=list(tokens[first : first + MAX_LOGPROB_TOKEN_IDS]),
                detokenize=False,
                output_kind=RequestOutputKind.FINAL_ONLY,
            )
            async with self._at_once, contextlib.aclosing(self._steps(start, parameters)) as steps:
                async for step in steps:
                    (row,) = step.logprobs
                    found |= {token: rated.logprob for token, rated in row.items()}
        return found

    async def _steps(
        self, said: Sequence[int], parameters: SamplingParams
    ) -> AsyncGenerator[Any, None]:
        if self._prompt is None:  # in the generation's own time, which can be ended
            self._prompt = asyncio.create_task(self._heard())
        prompt = await self._prompt
        (engine_input,) = await self._llm.renderer.render_cmpl_async([prompt.after(said)])
        outputs = self._llm.generate(
            engine_input,
            parameters,
            f"{self._ticket}.{next(self._numbers)}",
            lora_request=self._lora,
            priority=self._ticket,
            data_parallel_rank=self._copy,
        )
        async with contextlib.aclosing(outputs) as results:
            async for result in results:
                (step,) = result.outputs
                if step.finish_reason in ("error", "abort"):
                    raise VLLMClientError(f"vLLM ended a request: {step.finish_reason}")
                yield step

    @contextlib.contextmanager
    def _translated(self, refusal: type[EngineError], message: str) -> Iterator[None]:
        """Turn vLLM's errors into ours; `refusal` is for what it does not like in a request."""
        try:
            yield
        except EngineDeadError as error:
            text = "the process that runs the model died; try again in a moment"
            raise EngineDead(text) from error
        except VLLMClientError as error:
            raise refusal(message) from error
        except VLLMError as error:
            raise EngineError("the model failed on this request") from error


def _engine_arguments(path: Path, settings: VllmSettings, *, hears: bool) -> AsyncEngineArgs:
    on_cpu = current_platform.is_cpu()
    compiled = not on_cpu if settings.compiled is None else settings.compiled
    adapter = {} if settings.lora is None else {"max_lora_rank": settings.lora_rank}
    return AsyncEngineArgs(
        model=str(path),
        trust_remote_code=False,
        dtype=settings.dtype,
        max_model_len=settings.max_model_len,
        max_num_seqs=settings.max_num_seqs,
        tensor_parallel_size=settings.tensor_parallel,
        pipeline_parallel_size=settings.pipeline_parallel,
        data_parallel_size=settings.data_parallel,
        gpu_memory_utilization=settings.gpu_memory_utilization,
        quantization=settings.quantization,
        enable_lora=settings.lora is not None,
        enforce_eager=not compiled,
        block_size=CPU_BLOCK_TOKENS if on_cpu else None,
        enable_prefix_caching=True,
        mm_processor_cache_gb=settings.media_cache_gib,
        # Families that see load nothing for it; nor does one for clips that are audio tokens.
        limit_mm_per_prompt={"audio": 1 if hears else 0, "image": 0, "video": 0},
        structured_outputs_config={"backend": settings.structured_outputs},
        # A generation's later steps go before the first steps of generations that came later.
        scheduling_policy="priority",
        # Into the registry of this process, which /metrics gives too; the label is no path.
        disable_log_stats=False,
        served_model_name=path.name,
        enable_log_requests=False,
        **adapter,
    )
