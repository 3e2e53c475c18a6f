"""An hour of audio as a job, killed three times with SIGKILL: one result, right, memory flat.

    PYTHONPATH=benchmarks python -m hour_job --minutes 60
    PYTHONPATH=benchmarks python -m hour_job --minutes 5 --kills 2

Sentences lie at known places of the recording (`recording`). It is posted to `uas serve` with the
default model. At random places of its progress the server or the process that runs its model is
killed; a killed server is started again on the same state. At the end there has to be one job with
one result, whose segments cover every second once, end inside no sentence, and say what was said;
progress never goes back. Memory is looked at once a second. The exit code is 1 when a job is lost,
doubled or not whole, or progress went back; how well the model hears is a figure, not a failure.
"""

import argparse
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from hour_job.judging import Memory, Verdict, judge
from hour_job.recording import spoken, write_recording
from hour_job.server import Server
from load.machine import state

LOOK_S = 1.0
PATIENCE_S = 120.0
_KILLS_AT = (0.05, 0.9)
_MIB = 1 << 20


@dataclass
class Log:
    """What was seen while the job ran.

    Attributes:
        progress: as (seconds, share), at every change.
        memory: looks by life of the server, as (seconds, bytes); the job was running.
        kills: what was killed, and at which progress.
    """

    progress: list[tuple[float, float]] = field(default_factory=list)
    memory: list[list[tuple[float, int]]] = field(default_factory=lambda: [[]])
    kills: list[tuple[str, float]] = field(default_factory=list)

    @property
    def goes_back(self) -> bool:
        """Whether progress was ever less than before."""
        shares = [share for _, share in self.progress]
        return shares != sorted(shares)


def main() -> int:
    """Run, print, and say by the exit code whether all is there."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="hour_job", description=__doc__, formatter_class=layout)
    parser.add_argument("--minutes", type=float, default=60.0, help="of audio")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--example", type=Path, default=Path("examples/hello.flac"))
    arguments = parser.parse_args()
    print(state())
    with tempfile.TemporaryDirectory() as folder:
        path, seconds = Path(folder) / "recording.wav", arguments.minutes * 60
        places = write_recording(path, spoken(arguments.example), seconds, arguments.seed)
        with Server(Path(folder) / "state").used() as server:
            log, began = Log(), time.monotonic()
            job = follow(server, path, log, plan(arguments.kills, arguments.seed))
            took_s = time.monotonic() - began
            jobs = _get(server, "/v1/jobs")["data"]
            result = _get(server, f"/v1/jobs/{job['id']}/result")
            model = _get(server, "/v1/models")["data"][0]
    verdict = judge(result["segments"], places, seconds, model["document_window_s"])
    print(report(log, verdict, took_s, seconds, len(places)))
    print(state())
    good = job["status"] == "succeeded" and len(jobs) == 1 and verdict.is_whole
    print(f"jobs {len(jobs)}, status {job['status']}, progress went back: {log.goes_back}")
    return 0 if good and not log.goes_back else 1


def plan(kills: int, seed: int) -> list[tuple[float, str]]:
    """At which progress what is killed: server and engine by turns, the server first."""
    dice = random.Random(seed)
    goals = sorted(dice.uniform(*_KILLS_AT) for _ in range(kills))
    return [(goal, ("server", "engine")[number % 2]) for number, goal in enumerate(goals)]


def follow(
    server: Server, recording: Path, log: Log, kills: list[tuple[float, str]]
) -> dict[str, Any]:
    """Post the recording and kill as planned until the job has ended; gives the job."""
    with recording.open("rb") as file, httpx.Client(timeout=PATIENCE_S) as client:
        headers = {"Content-Type": "audio/wav"}
        answer = client.post(f"{server.url}/v1/jobs", content=file, headers=headers)
        job: dict[str, Any] = answer.raise_for_status().json()
    began, left = time.monotonic(), list(kills)
    while job["ended_at"] is None:
        time.sleep(LOOK_S)
        job = _get(server, f"/v1/jobs/{job['id']}")
        now_s, share = time.monotonic() - began, job["progress"]
        if not log.progress or log.progress[-1][1] != share:
            log.progress.append((now_s, share))
            print(f"{now_s:.0f} s: {100 * share:.1f} %", file=sys.stderr)
        if job["status"] == "running":
            log.memory[-1].append((now_s, server.memory_bytes()))
        if left and share >= left[0][0]:
            log.kills.append((left.pop(0)[1], share))
            if log.kills[-1][0] == "server":
                server.kill()
                log.memory.append([])
            else:
                server.kill_engine()
    return job


def report(log: Log, verdict: Verdict, took_s: float, seconds: float, sentences: int) -> str:
    """All figures as a Markdown table."""
    killed = ", ".join(f"{what} at {100 * share:.0f} %" for what, share in log.kills)
    longest = max(log.memory, key=len)
    rows = {
        "audio": f"{seconds / 60:g} min, {sentences} sentences",
        "from posting to the end": f"{took_s / 60:.1f} min, {took_s / seconds:.2f} of the audio",
        "killed with SIGKILL": killed or "nothing",
        "segments": verdict.segments,
        "lost, doubled or misplaced windows": verdict.gaps,
        "windows that are too long": verdict.too_long,
        "sentences that a segment ends inside of": verdict.cut,
        "segments with speech: of them without a transcription": (
            f"{verdict.spoken}: {verdict.missed}"
        ),
        "segments without: of them with a transcription": f"{verdict.silent}: {verdict.invented}",
        "word errors": f"{verdict.word_errors} of {verdict.words} words",
        "steps of progress seen": len(log.progress),
        "most memory by life of the server": ", ".join(
            f"{max(used for _, used in looks) / _MIB:.0f} MiB" for looks in log.memory if looks
        ),
    }
    try:
        memory = Memory.of(longest)
        rows["memory in the longest life"] = (
            f"{memory.first / _MIB:.0f} MiB in its first quarter, {memory.last / _MIB:.0f} MiB in "
            f"its last, slope {memory.slope / _MIB:.0f} MiB per hour"
        )
    except ValueError as error:
        rows["memory in the longest life"] = str(error)
    return "\n".join(f"| {name} | {value} |" for name, value in rows.items())


def _get(server: Server, path: str) -> dict[str, Any]:
    """Ask until the server answers: it may be starting."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            answer = httpx.get(server.url + path, timeout=PATIENCE_S)
            found: dict[str, Any] = answer.raise_for_status().json()
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(LOOK_S)
        else:
            return found


if __name__ == "__main__":
    sys.exit(main())
