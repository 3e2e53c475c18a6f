"""A request that nobody waits for any more gives its place back at once; deadlines are kept."""

import asyncio
import json

import pytest
from clips import audio_part, encoded, tone

from uas_server.engine.fake import FakeEngine, Reply, legal_reply

SLOW_S = 60.0


class Watched(FakeEngine):
    """A slow engine that says when it was asked."""

    def __init__(self, **waits: float) -> None:
        super().__init__(lambda request: Reply(legal_reply(request).text, **waits))
        self.asked = asyncio.Event()

    async def generate(self, request):
        self.asked.set()
        async for event in super().generate(request):
            yield event


async def places_free(server, within_s: float = 2.0) -> bool:
    """Whether every place is given back in time."""
    async with asyncio.timeout(within_s):
        while server.services.admission.admitted:  # noqa: ASYNC110 - it has no event to wait for
            await asyncio.sleep(0.01)
    return server.services.admission.running == 0


WAV, JSON = b"audio/wav", b"application/json"


def chat_with(clip: bytes) -> bytes:
    """A chat that is to be streamed."""
    content = [{"type": "text", "text": "?"}, audio_part(clip)]
    return json.dumps({"stream": True, "messages": [{"role": "user", "content": content}]}).encode()


@pytest.mark.parametrize(
    ("path", "query", "kind"),
    [
        ("/v1/uas", "", WAV),
        ("/v1/uas", "stream=true", WAV),
        ("/v1/audio/transcriptions", "stream=true", WAV),
        ("/v1/chat/completions", "", JSON),
    ],
)
async def test_a_client_that_leaves_frees_its_place(server_of, clip, path, query, kind):
    body = clip if kind == WAV else chat_with(clip)
    engine = Watched(latency_s=SLOW_S)
    server = server_of(engine, queue=0)
    scope_disconnect = asyncio.Event()

    async def receive():
        if not receive.sent:
            receive.sent = True
            return {"type": "http.request", "body": body, "more_body": False}
        await scope_disconnect.wait()
        return {"type": "http.disconnect"}

    receive.sent = False
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", kind)],
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }
    async with server as client:
        task = asyncio.create_task(server.app(scope, receive, send))
        await engine.asked.wait()
        assert server.services.admission.running == 1
        scope_disconnect.set()
        await asyncio.wait_for(task, 2)
        assert await places_free(server)
        assert sent == []
        text = (await client.get("/metrics")).text
        assert f'uas_requests_total{{code="499",route="{path}"}} 1.0' in text


async def test_an_answer_that_takes_too_long_is_504(server_of, clip):
    async with server_of(Watched(latency_s=SLOW_S), request_s=3.0) as client:
        answer = await client.post("/v1/uas", content=clip, headers={"content-type": "audio/wav"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "deadline_exceeded")


async def test_an_engine_that_dies_mid_stream_ends_it_with_a_typed_error(server_of, clip):
    def script(request):
        return Reply(legal_reply(request).text, crash_after_tokens=12)

    async with server_of(FakeEngine(script)) as client:
        answer = await client.post("/v1/uas?stream=true", files={"file": clip})
    assert answer.status_code == 200
    last = answer.text.strip().split("\n\n")[-1]
    assert last.startswith("event: error\n")
    assert '"code":"engine_unavailable"' in last


async def test_a_long_clip_is_cut_and_joined(server_of, model_of):
    async with server_of(model=model_of(window_s=2)) as client:
        answer = await client.post("/v1/uas", files={"file": encoded(tone(5.0))}, timeout=60)
        streamed = await client.post("/v1/uas?stream=true", files={"file": encoded(tone(5.0))})
    body = answer.json()
    assert len(body["segments"]) >= 3
    assert body["segments"][0]["start_s"] == 0.0
    assert body["segments"][-1]["end_s"] == 5.0
    assert '"path":"segments[1].transcription"' in streamed.text
    assert streamed.text.count("event: delta") == 1


async def test_documents_are_cut_shorter_than_what_may_be_asked_about(server_of, model_of):
    form = {"question": "Is there a voice?", "yes_no": "true"}
    short, long = ({"file": encoded(tone(seconds))} for seconds in (2.0, 5.0))
    async with server_of(model=model_of(window_s=5, document_window_s=2)) as client:
        card = (await client.get("/v1/models")).json()["data"][0]
        limits = (await client.get("/v1/limits")).json()
        whole = (await client.post("/v1/uas", files=short)).json()
        cut = (await client.post("/v1/uas", files=long)).json()
        asked = await client.post("/v1/ask", files=long, data=form)
    assert (card["window_s"], card["document_window_s"]) == (5, 2)
    assert limits["question_audio_s"] == 5
    assert len(whole["segments"]) == 1
    assert len(cut["segments"]) >= 3
    assert all(each["end_s"] - each["start_s"] <= 2 for each in cut["segments"])
    assert asked.status_code == 200


async def test_without_a_length_of_their_own_documents_take_the_window(server_of, model_of):
    async with server_of(model=model_of(window_s=5)) as client:
        card = (await client.get("/v1/models")).json()["data"][0]
        whole = (await client.post("/v1/uas", files={"file": encoded(tone(5.0))})).json()
    assert card["document_window_s"] == 5
    assert len(whole["segments"]) == 1
