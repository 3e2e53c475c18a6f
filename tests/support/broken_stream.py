"""What a client sees of a stream whose server died over it."""

import json

import httpx


def assert_broken_off(answer: httpx.Response, code: str) -> None:
    """Fail unless the stream began with values and ended with one `error` event of that code."""
    assert answer.status_code == 200
    first, *_, last = answer.text.strip().split("\n\n")
    assert first.startswith("event: field\n")
    name, data = last.split("\n")
    assert name == "event: error"
    assert json.loads(data.removeprefix("data: "))["error"]["code"] == code
