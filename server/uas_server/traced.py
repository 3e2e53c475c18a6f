"""An engine and a drafter that leave spans: what runs behind the server's own layers."""

import dataclasses
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np
from numpy.typing import NDArray
from opentelemetry.trace import Span, Tracer, set_span_in_context

from uas_model.draft import Draft, Drafter
from uas_server.engine.protocol import (
    Capabilities,
    Engine,
    Event,
    Final,
    GenerateRequest,
    Health,
)
from uas_server.service.model import ServedModel
from uas_server.tracing import stage_span

_NS = 1_000_000_000


def traced(model: ServedModel, tracer: Tracer) -> ServedModel:
    """The same model with spans."""
    return dataclasses.replace(
        model,
        engine=TracedEngine(model.engine, tracer),
        drafter=TracedDrafter(model.drafter, tracer),
    )


class TracedEngine:
    """Passes everything on to `inner`; each generation is a span, with its encoding below it."""

    def __init__(self, inner: Engine, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer

    @property
    def capabilities(self) -> Capabilities:
        """Those of the engine inside."""
        return self._inner.capabilities

    async def start(self) -> None:
        """Start the engine inside."""
        await self._inner.start()

    async def restart(self) -> None:
        """Restart the engine inside."""
        await self._inner.restart()

    async def close(self) -> None:
        """Close the engine inside."""
        await self._inner.close()

    async def abort(self, request_id: str) -> None:
        """Abort in the engine inside."""
        await self._inner.abort(request_id)

    def health(self) -> Health:
        """How the engine inside is."""
        return self._inner.health()

    async def generate(self, request: GenerateRequest) -> AsyncGenerator[Event, None]:
        """Generate with the engine inside."""
        with stage_span(self._tracer, "generate") as span:
            began_ns = time.time_ns()
            async with aclosing(self._inner.generate(request)) as events:
                async for event in events:
                    if isinstance(event, Final):
                        self._tell(span, event, began_ns)
                    yield event

    def _tell(self, span: Span, final: Final, began_ns: int) -> None:
        tokens = final.tokens
        span.set_attributes(
            {
                "uas.finish": final.finish,
                "uas.tokens.prompt": tokens.prompt,
                "uas.tokens.prefill": tokens.prefill,
                "uas.tokens.sampled": tokens.sampled,
                "uas.tokens.forced": tokens.forced,
            }
        )
        if "encode_s" in final.timings:
            start_ns = began_ns + round(_NS * final.timings.get("queue_s", 0.0))
            encode = self._tracer.start_span(
                "encode", set_span_in_context(span), start_time=start_ns
            )
            encode.end(start_ns + round(_NS * final.timings["encode_s"]))


class TracedDrafter:
    """Passes everything on to `inner`; each draft is a span."""

    def __init__(self, inner: Drafter, tracer: Tracer) -> None:
        self._inner = inner
        self._tracer = tracer

    def draft(self, samples: NDArray[np.float32], *, words: bool = False) -> Draft:
        """Draft with the drafter inside."""
        with stage_span(self._tracer, "draft"):
            return self._inner.draft(samples, words=words)
