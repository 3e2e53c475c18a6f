"""The remote engine as the tests run it: around back ends without a model, in this process."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from starlette.types import ASGIApp, Receive, Scope, Send

from uas_model.tokens import TextTokens
from uas_schema.prompts import load_prompts
from uas_server.engine.remote.breaker import Clock
from uas_server.engine.remote.engine import RemoteEngine
from uas_server.engine.remote.fake import Conduct, FakeBackend
from uas_server.engine.remote.transport import AppTransport
from uas_server.remote_settings import RemoteSettings

STEP_S = 0.0005
CLIP = (0.1 * np.sin(np.arange(4000) * 0.2)).astype(np.float32)


def remote_over(
    tokens: TextTokens,
    backends: Sequence[ASGIApp],
    *,
    keys: Mapping[int, str] | None = None,
    clock: Clock = time.monotonic,
    **changes: Any,
) -> RemoteEngine:
    """An engine, not yet started, over these back ends; other keywords are settings.

    They have to be killed and revived by hand: nobody looks at them, and a rest lasts.
    """
    hosts = [f"backend-{number}" for number in range(len(backends))]
    usual = {
        "look_s": 3600.0,
        "rest_s": 3600.0,
        "most_rest_s": 3600.0,
        "start_s": 1.0,
        "wait_s": 3600.0,
    }
    listed = [{"url": f"http://{host}/v1"} for host in hosts]
    settings = RemoteSettings.model_validate({"backends": listed, **usual, **changes})
    transport = AppTransport(dict(zip(hosts, backends, strict=True)))
    family = load_prompts("smollm2-chatml")
    return RemoteEngine(
        tokens, family, settings, name="fake", keys=keys, transport=transport, clock=clock
    )


def supervised(backend: FakeBackend) -> ASGIApp:
    """A back end that is started again, if it is dead, when somebody looks at it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].endswith("/models"):
            backend.revive()
        await backend(scope, receive, send)

    return app


def remote_engine(tokens: TextTokens) -> tuple[RemoteEngine, Callable[[], None]]:
    """An engine over two back ends, and a way to kill both at once; a look starts them again."""
    backends = [FakeBackend(lambda _: Conduct(step_s=STEP_S)) for _ in range(2)]
    engine = remote_over(tokens, list(map(supervised, backends)), failures=1)

    def kill() -> None:
        for backend in backends:
            backend.kill()

    return engine, kill
