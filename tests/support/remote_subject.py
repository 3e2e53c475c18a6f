"""The remote engine as the tests run it: around back ends without a model, in this process."""

from collections.abc import Callable, Sequence
from typing import Any

from uas_model.tokens import TextTokens
from uas_schema.prompts import load_prompts
from uas_server.engine.remote.engine import RemoteEngine
from uas_server.engine.remote.fake import Conduct, FakeBackend
from uas_server.engine.remote.transport import AppTransport
from uas_server.remote_settings import RemoteSettings

STEP_S = 0.0005


def remote_over(
    tokens: TextTokens, backends: Sequence[FakeBackend], **changes: Any
) -> RemoteEngine:
    """An engine, not yet started, over these back ends; keywords are settings.

    They have to be killed and revived by hand: nobody looks at them, and a rest lasts.
    """
    hosts = [f"backend-{number}" for number in range(len(backends))]
    usual = {"look_s": 3600.0, "rest_s": 3600.0, "most_rest_s": 3600.0, "start_s": 1.0}
    listed = [{"url": f"http://{host}/v1"} for host in hosts]
    settings = RemoteSettings.model_validate({"backends": listed, **usual, **changes})
    transport = AppTransport(dict(zip(hosts, backends, strict=True)))
    family = load_prompts("smollm2-chatml")
    return RemoteEngine(tokens, family, settings, name="fake", transport=transport)


def remote_engine(tokens: TextTokens) -> tuple[RemoteEngine, Callable[[], None]]:
    """An engine over two back ends, and a way to kill both at once; they take requests again."""
    backends = [FakeBackend(lambda _: Conduct(step_s=STEP_S)) for _ in range(2)]
    engine = remote_over(tokens, backends, failures=1)

    def kill() -> None:
        for backend in backends:
            backend.kill()
            backend.revive()

    return engine, kill
