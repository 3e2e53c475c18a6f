"""A server that is killed in the middle of a job loses the window under way and nothing else."""

import random
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from clips import encoded
from job_server import job_server
from signals import noise

pytestmark = pytest.mark.slow

PATIENCE_S = 240.0
POLL_S = 0.05  # asking without a pause would take the server's CPU


def recording(clip_s: int) -> bytes:
    """Noise whose loudness changes, so that windows end at uneven times."""
    rng = np.random.default_rng(7)
    loudness = np.repeat(rng.random(4 * clip_s), 4_000).astype(np.float32)
    return encoded(noise(clip_s, 0.2) * loudness)


def patient() -> httpx.Client:
    """A client that waits for a server that is still starting."""
    return httpx.Client(timeout=PATIENCE_S)


def poll(client: httpx.Client, path: str, reached: Any) -> dict[str, Any]:
    """The job once `reached` says so."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            job = client.get(path).json()
        except httpx.TransportError:  # it is starting
            continue
        if reached(job):
            return job
        time.sleep(POLL_S)
    raise AssertionError(f"the job did not get there in {PATIENCE_S:g} s")


def test_killed_again_and_again_a_job_has_exactly_one_right_result(
    environment, tmp_path: Path, proving, evidence
) -> None:
    kills, dice = proving(1, 50), random.Random(1)
    clip_s = proving(24, 240)  # a job that ends six times in one window is given up, and should be
    audio = recording(clip_s)
    settings = {"state_folder": str(tmp_path), "job_lease_s": 1, "decoders": 1}
    goals = sorted(dice.uniform(0.05, 0.9) for _ in range(kills))
    path, before = "", 0.0
    for goal in goals:
        with job_server(environment, **settings) as (url, process), patient() as client:
            if not path:
                answer = client.post(f"{url}/v1/jobs", files={"file": audio})
                path = f"/v1/jobs/{answer.json()['id']}"
            job = poll(client, url + path, lambda job, goal=goal: job["progress"] >= goal)
            assert job["progress"] >= before
            assert job["status"] == "running"
            process.kill()
            before = job["progress"]
    with job_server(environment, **settings) as (url, _), patient() as client:
        job = poll(client, url + path, lambda job: job["ended_at"] is not None)
        assert (job["status"], job["error"]) == ("succeeded", None)
        killed = client.get(f"{url}{path}/result").json()
        answer = client.post(f"{url}/v1/jobs", files={"file": audio})
        again = f"/v1/jobs/{answer.json()['id']}"
        poll(client, url + again, lambda job: job["ended_at"] is not None)
        undisturbed = client.get(f"{url}{again}/result").json()
        assert len(client.get(f"{url}/v1/jobs").json()["data"]) == 2
    for name in ("uas", "segments", "usage", "confidence", "truncated"):
        assert killed[name] == undisturbed[name], name
    assert killed["segments"][-1]["end_s"] == clip_s
    assert list(tmp_path.glob("audio/*")) == []
    with sqlite3.connect(tmp_path / "jobs.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM windows").fetchone() == (0,)
    database.close()
    windows = len(killed["segments"])
    evidence("Disk", {"kill -9": kills, "windows": windows, "lost or doubled windows": 0})
