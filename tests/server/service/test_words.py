"""Words carry times where the drafter knows them, and null where nobody does."""

import pytest
from clips import encoded, tone
from hypothesis import given
from hypothesis import strategies as st
from talking import speaking

from uas_model.draft import Draft, DraftWord
from uas_server.engine.fake import FakeEngine
from uas_server.service.plan import timed_words

HELLO = (DraftWord(" Hello", 0.2, 0.5, 0.9), DraftWord(" there.", 0.5, 9.0, 0.8))


@given(st.lists(st.text("ab.", min_size=1, max_size=4), min_size=1, max_size=6), st.integers(0, 40))
def test_the_words_of_a_cut_transcript_are_those_that_are_whole(texts: list[str], cut: int):
    words = tuple(DraftWord(f" {text}", i, i + 1.0, 0.5) for i, text in enumerate(texts))
    text = " ".join(texts)
    found = timed_words(Draft(text, 0.0, words), text[:cut])
    assert found == words[: len(found or ())]
    said = " ".join(texts[: len(found or ())])
    assert text[:cut].startswith(said)
    if cut >= len(text):
        assert found == words


@pytest.mark.parametrize(
    "draft", [Draft("Hello there.", 0.0), Draft("Hello you.", 0.0, HELLO), Draft("", 0.0, ())]
)
def test_words_of_another_text_are_not_given(draft: Draft):
    assert timed_words(draft, "Hello there.") is None


async def test_words_are_given_when_asked_within_their_window(server_of, model_of, clip):
    model = model_of(FakeEngine(speaking), draft="Hello there.", words=HELLO)
    async with server_of(model=model) as client:
        asked = (await client.post("/v1/uas?words=true", files={"file": clip})).json()
        plain = (await client.post("/v1/uas", files={"file": clip})).json()
    assert asked["words"] == [
        {"word": "Hello", "start_s": 0.2, "end_s": 0.5, "probability": 0.9},
        {"word": "there.", "start_s": 0.5, "end_s": 1.0, "probability": 0.8},
    ]
    assert asked["segments"][0]["words"] == asked["words"]
    assert plain["words"] is None
    assert plain["uas"] == asked["uas"]


async def test_words_of_a_long_clip_are_timed_from_its_start(server_of, model_of):
    model = model_of(FakeEngine(speaking), draft="Hello there.", words=HELLO, window_s=2)
    async with server_of(model=model) as client:
        body = (await client.post("/v1/uas?words=true", files={"file": encoded(tone(5.0))})).json()
    starts = [segment["start_s"] for segment in body["segments"]]
    assert len(starts) >= 3
    hellos = [word["start_s"] for word in body["words"] if word["word"] == "Hello"]
    assert hellos == pytest.approx([start + 0.2 for start in starts])
    ends = [segment["words"][-1]["end_s"] for segment in body["segments"]]
    assert ends == pytest.approx([segment["end_s"] for segment in body["segments"]])


async def test_words_are_null_where_the_drafter_cannot_tell(server_of, model_of, clip):
    async with server_of(model=model_of(FakeEngine(speaking), draft="Hello")) as client:
        body = (await client.post("/v1/uas?words=true", files={"file": clip})).json()
    assert body["uas"]["transcription"] == "Hello"
    assert body["words"] is None


async def test_without_a_voice_there_are_no_words(server_of, clip):
    async with server_of() as client:
        body = (await client.post("/v1/uas?words=true", files={"file": clip})).json()
    assert body["uas"]["transcription"] is None
    assert body["words"] == []
