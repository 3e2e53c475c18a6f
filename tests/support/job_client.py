"""What tests of jobs do with a client: hand clips in, wait for the end."""

import asyncio
from typing import Any

import httpx

PATIENCE_S = 60.0


async def submit(client: httpx.AsyncClient, audio: bytes, **fields: Any) -> dict[str, Any]:
    """The job that a clip becomes."""
    answer = await client.post("/v1/jobs", files={"file": audio}, data=fields)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def ended(client: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    """The job once it has ended."""
    return await until(client, job, lambda now: now["ended_at"] is not None)


async def until(client: httpx.AsyncClient, job: dict[str, Any], reached: Any) -> dict[str, Any]:
    """The job once `reached` says so."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            now = (await client.get(f"/v1/jobs/{job['id']}")).json()
            if reached(now):
                return now
            await asyncio.sleep(0.05)


async def result(client: httpx.AsyncClient, job: dict[str, Any], form: str = "json") -> Any:
    """The result of a job that succeeded: parsed JSON, or text."""
    answer = await client.get(f"/v1/jobs/{job['id']}/result", params={"format": form})
    assert answer.status_code == 200, answer.text
    return answer.json() if form == "json" else answer.text
