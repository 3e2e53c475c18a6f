"""Hours of audio take no more memory than minutes, in the server and in its decoder child.

The samples of a recording, held as float32, would be 3.7 MiB a minute.
"""

import time
import wave
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest
from job_server import job_server

pytestmark = pytest.mark.slow

RATE_HZ = 16_000
MOST_GROWTH = 40 << 20
PATIENCE_S = 3_000.0
POLL_S = 0.05  # asking without a pause would take the server's CPU


def write_recording(path: Path, minutes: int) -> None:
    """Noise that swells, as WAV, a minute at a time."""
    rng = np.random.default_rng(1)
    with wave.open(str(path), "wb") as writer:
        writer.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        for _ in range(minutes):
            samples = rng.standard_normal(60 * RATE_HZ) * np.repeat(rng.random(60), RATE_HZ)
            writer.writeframes((3_000 * samples).astype("<i2").tobytes())


def worked_on(client: httpx.Client, server: psutil.Process, path: Path) -> tuple[dict, int]:
    """The ended job of a recording, and the most memory that was seen while it ran."""
    with path.open("rb") as file:
        answer = client.post("/v1/jobs", content=file, headers={"content-type": "audio/wav"})
    job, most = answer.json(), 0
    deadline = time.monotonic() + PATIENCE_S
    while job["ended_at"] is None:
        assert time.monotonic() < deadline
        time.sleep(POLL_S)
        most = max(most, memory_bytes(server))
        job = client.get(f"/v1/jobs/{job['id']}").json()
    return job, most


def memory_bytes(server: psutil.Process) -> int:
    total = server.memory_info().rss
    for child in server.children(recursive=True):
        try:
            total += child.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def test_memory_is_flat_from_minutes_to_hours(environment, tmp_path, proving, evidence) -> None:
    minutes = proving(14, 240)
    settings = {"state_folder": str(tmp_path / "state"), "decoders": 1}
    few_arenas = {**environment, "MALLOC_ARENA_MAX": "2"}  # one per thread hides what is held
    seen = {}
    with (
        job_server(few_arenas, window_s=30, step_s=0.0, **settings) as (url, process),
        httpx.Client(base_url=url, timeout=PATIENCE_S) as client,
    ):
        server = psutil.Process(process.pid)
        for length in (1, 2, minutes):
            path = tmp_path / f"{length}.wav"
            write_recording(path, length)
            job, seen[length] = worked_on(client, server, path)
            assert (job["status"], job["audio_s"]) == ("succeeded", length * 60)
    assert seen[minutes] - seen[2] < MOST_GROWTH, seen
    memory = {f"MiB with {length} min": round(seen[length] / 2**20) for length in seen}
    evidence("Disk", memory)
