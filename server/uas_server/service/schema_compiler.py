"""Turns a caller's JSON Schema into a pattern for the engine, and checks the answers against it.

Checked here (`schemas`), compiled by `outlines` in a child that is killed when it takes too long,
kept in a bounded cache, validated afterwards with `jsonschema`.
"""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import jsonschema

from uas_server.errors import ApiError
from uas_server.service.schemas import Node, SchemaLimits, read_schema

_ANSWER_BYTES = 1 << 20
_START_S = 60.0
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "LANG")
"""Of the parent's environment; the rest may hold keys."""


@dataclass(frozen=True)
class CompiledSchema:
    """A schema that can be guaranteed: its pattern, and itself for the check afterwards."""

    pattern: str
    schema: Node

    def value_of(self, text: str) -> Any:
        """Parse and check an answer. Raises `ValueError` when it is no whole, valid value."""
        value = json.loads(text)
        if not jsonschema.Draft202012Validator(self.schema).is_valid(value):
            raise ValueError("the answer is not valid against its schema")
        return value


class SchemaCompiler:
    """Compiles one schema at a time; the child starts with the first one."""

    def __init__(self, limits: SchemaLimits, *, cached: int = 64, compile_s: float = 5.0) -> None:
        self._limits = limits
        self._cached = cached
        self._compile_s = compile_s
        self._known: OrderedDict[str, CompiledSchema] = OrderedDict()
        self._child: Process | None = None
        self._lock = asyncio.Lock()

    @property
    def size(self) -> int:
        """Schemas in the cache."""
        return len(self._known)

    async def compile(self, text: str) -> CompiledSchema:
        """Compile the text of a schema. Raises `ApiError` that names the place and the fix."""
        schema = read_schema(text, self._limits)
        key = json.dumps(schema, sort_keys=False)
        async with self._lock:
            if key not in self._known:
                self._known[key] = CompiledSchema(await self._pattern(key), schema)
                while len(self._known) > self._cached:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key]

    async def close(self) -> None:
        """Kill the child."""
        child, self._child = self._child, None
        if child is not None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def _pattern(self, schema: str) -> str:
        answer = await self._ask(schema)
        if "pattern" not in answer or answer["states"] > self._limits.states:
            raise _too_large(f"it needs over {self._limits.states} states of an automaton")
        return str(answer["pattern"])

    async def _ask(self, schema: str) -> dict[str, Any]:
        """One question to the child; whatever goes wrong, it is killed and the schema refused."""
        finished = False
        try:
            child = await self._ready_child()
            async with asyncio.timeout(self._compile_s):
                answer: dict[str, Any] = await _exchange(child, schema)
            finished = True
        except (OSError, ValueError):  # TimeoutError is an OSError
            raise _too_large("it takes too long to compile") from None
        finally:
            if not finished:
                await self.close()
        return answer

    async def _ready_child(self) -> Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "uas_server.service.schema_worker"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                limit=_ANSWER_BYTES,
                env=_environment(),
                start_new_session=True,
            )
            async with asyncio.timeout(_START_S):
                await _exchange(self._child, '{"type":"null"}')
        return self._child


def _environment() -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


async def _exchange(child: Process, schema: str) -> dict[str, Any]:
    """Send a line, read a line. Raises `OSError` or `ValueError` when the child is gone."""
    if child.stdin is None or child.stdout is None:
        raise OSError
    child.stdin.write(schema.encode() + b"\n")
    await child.stdin.drain()
    answer: dict[str, Any] = json.loads(await child.stdout.readline())
    return answer


def _too_large(reason: str) -> ApiError:
    message = f"The schema cannot be compiled: {reason}. Make it smaller."
    return ApiError("schema_too_large", message, param="schema")
