"""Two replicas under Ray Serve on this machine, around the scripted engine; one for all tests."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from polling import until
from ray_served import PLACES, REQUESTS, opened_scripted

SUPPORT = Path(__file__).parents[2] / "support"
PATIENT = {  # a busy machine is no failure
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_worker_niceness": "0",
}


class Replicas:
    """The running deployment: its address, and the folder through which its engines are held."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=60)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """While inside, engines keep what they are asked."""
        hold = self._folder / "hold"
        hold.touch()
        try:
            yield
        finally:
            hold.unlink()
            for held in self._folder.glob("running-*"):
                held.unlink()

    def holding(self) -> list[int]:
        """Processes of the replicas, once for each request that they hold."""
        return [int(held.name.split("-")[1]) for held in self._folder.glob("running-*")]

    async def holds(self, count: int) -> None:
        """Wait until so many requests are held in all."""

        async def enough() -> bool:
            return len(self.holding()) >= count

        await until(enough)

    def started(self) -> set[int]:
        """Processes of all replicas that there ever were."""
        return {int(own.name) for own in self._folder.iterdir() if own.is_dir()}

    async def has_grown(self, before: set[int]) -> bool:
        """Whether there is a replica more than then."""
        return len(self.started() - before) == 1

    async def answers(self, clip: bytes) -> bool:
        """Whether a clip is answered now."""
        async with self.client() as client:
            answer = await client.post("/v1/uas", files={"file": ("clip.wav", clip)})
            return answer.status_code == 200

    def kill(self, process: int) -> None:
        os.kill(process, signal.SIGKILL)


@pytest.fixture(scope="session")
def replicas(
    tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]
) -> Iterator[Replicas]:
    pytest.importorskip("ray.serve", exc_type=ImportError)
    from uas_server.ray_serve.running import running_on_ray
    from uas_server.settings import Settings

    folder, port = tmp_path_factory.mktemp("replicas"), free_port()
    of_server = {"model": str(folder), "port": port, "jobs": False, "decoders": 1}
    of_ray = {"ray_replicas": 2, "ray_cpus": 0.1, "ray_requests": REQUESTS, "ray_queue": 1}
    settings = Settings.load({**of_server, **of_ray, "queue": PLACES - 1}, {})
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(SUPPORT), prepend=os.pathsep)
        for name, value in PATIENT.items():
            environment.setenv(name, value)
        with running_on_ray(settings, opened_scripted, cpus=4):
            yield Replicas(f"http://127.0.0.1:{port}", folder)


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Ray cannot pick a port by itself."""
    import socket

    def find() -> int:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port: int = listener.getsockname()[1]
            return port

    return find
