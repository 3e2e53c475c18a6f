"""POST /v1/uas answers with one valid document in its envelope, whole or as events."""

import json

import pytest

from uas_schema.document import UasDocument

pytestmark = pytest.mark.asyncio(loop_scope="module")


def events_of(text: str) -> list[tuple[str, dict]]:
    """Name and data of each server-sent event."""
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def test_a_form_with_a_clip_gives_a_document(client, clip):
    answer = await client.post("/v1/uas", files={"file": ("a.wav", clip)})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    UasDocument.model_validate(body["uas"])
    assert body["model"] == "fake-model"
    assert body["usage"]["audio_s"] == 1.0
    assert body["words"] is None
    assert body["events"] is None
    segment = {"start_s": 0.0, "end_s": 1.0, "uas": body["uas"], "words": None}
    assert body["segments"] == [segment]


async def test_the_bare_audio_may_be_the_body(client, clip):
    answer = await client.post("/v1/uas", content=clip, headers={"content-type": "audio/wav"})
    assert answer.status_code == 200, answer.text


async def test_deltas_join_to_the_canonical_document(client, clip):
    answer = await client.post("/v1/uas?stream=true", files={"file": clip})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = events_of(answer.text)
    assert events[-1][0] == "final"
    document = UasDocument.model_validate(events[-1][1]["uas"])
    text = "".join(data["text"] for name, data in events if name == "delta")
    assert text == document.canonical()
