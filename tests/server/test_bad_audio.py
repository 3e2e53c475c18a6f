"""What is wrong with a clip comes back as its own 4xx; the next good clip is answered.

Samples of the rows Empty, Bombs, Odd signals and Wrong type, end to end; the decoder's own tests
hold the full rows.
"""

import asyncio

import pytest
from bad_clips import REFUSED, TAKEN

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("name", REFUSED)
async def test_a_bad_clip_has_its_own_error(client, clip, name):
    make, status, code = REFUSED[name]
    audio = make()
    async with asyncio.timeout(20):
        answer = await client.post("/v1/uas", files={"file": ("clip.wav", audio)})
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    if code is not None:
        assert error["code"] == code
    assert error["param"] == "file"
    assert "/" not in error["message"]
    assert "0x" not in error["message"]
    assert (await client.get("/health/ready")).status_code == 200
    assert (await client.post("/v1/uas", files={"file": clip})).status_code == 200


@pytest.mark.parametrize("name", TAKEN)
async def test_an_odd_clip_is_answered(client, name):
    answer = await client.post("/v1/uas", files={"file": TAKEN[name]()})
    assert answer.status_code == 200, answer.text


async def test_an_error_before_the_stream_keeps_its_status(client):
    answer = await client.post("/v1/uas?stream=true", files={"file": b""})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "empty_audio"
