"""Every operation under schemathesis with all its checks: no 5xx, nothing undocumented."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import schemathesis
from clips import audio_part, encoded, tone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import BaseSchema, Case, Config, GenerationMode, HookContext

from uas_server.app import routed_app
from uas_server.openapi import describe_api

LEFT_OUT_OF_FORMS = {
    "/v1/audio/transcriptions": ("stream", "timestamp_granularities[]"),
    "/v1/jobs": ("webhook_url",),
}
"""What hooks take out of queries. Schemathesis holds a form with a file for invalid once a hook has
touched it, so forms are made without."""
DESCRIBED = describe_api(routed_app())
for path, item in DESCRIBED["paths"].items():
    form = item.get("post", {}).get("requestBody", {}).get("content", {}).get("multipart/form-data")
    if form and form["schema"]["properties"].pop("url", None):  # no URL is fetched here
        form["schema"]["required"] = ["file", *form["schema"]["required"]]
    for name in LEFT_OUT_OF_FORMS.get(path, ()):
        form["schema"]["properties"].pop(name)
OPERATIONS = [(method, path) for path, item in DESCRIBED["paths"].items() for method in item]
KEY = "fuzz-key"
CLIP_PART = audio_part(encoded(tone(0.2)))
CLIP = encoded(tone(0.2))
CLIP_REFUSED = ["2XX", "401", "404", "409", "422"]
"""What valid parameters may meet: the clip's own faults (422), another model's name or a job that
is not there (404), a key that was used before (409)."""


@pytest.fixture(scope="module")
def live_url(server_of) -> Iterator[str]:
    with server_of(api_keys=[KEY], jobs_waiting=10_000).live() as url:
        yield url


@pytest.fixture(scope="module")
def api() -> BaseSchema:
    """The description as a schema whose clips can be decoded."""
    clips = st.sampled_from([CLIP, CLIP[:100], CLIP + b"\0" * 9])
    schemathesis.openapi.media_type("audio/*", clips, aliases=["application/octet-stream"])
    checks = {"positive_data_acceptance": {"expected-statuses": CLIP_REFUSED}}
    config = Config.from_dict({"checks": checks})
    schema = schemathesis.openapi.from_dict(DESCRIBED, config=config)
    schema.hook("filter_case")(can_be_described)
    schema.hook("map_case")(one_form_of_answer)
    schema.hook("map_case")(no_webhook_and_no_cursor)
    return schema


def can_be_described(context: HookContext, case: Case) -> bool:
    """Leave out what a description cannot say of forms.

    A form field goes before the query's of that name, whatever the query then holds; and choices
    and schema exclude other forms of an answer.
    """
    if not isinstance(case.body, dict) or case.media_type != "multipart/form-data":
        return True
    if set(case.query) & set(case.body):
        return False
    exclusive = {"schema", "choices"} & {*case.query, *case.body}
    return case.meta.generation.mode.is_negative or not exclusive


def one_form_of_answer(context: HookContext, case: Case) -> Case:
    """Make a valid request hold together: what excludes each other cannot be described."""
    if case.meta.generation.mode.is_negative:
        return case
    if case.operation.path == "/v1/audio/transcriptions":
        for name in LEFT_OUT_OF_FORMS[case.operation.path]:
            case.query.pop(name, None)
    if case.operation.path == "/v1/chat/completions":
        case.body |= {"messages": [{"role": "user", "content": [CLIP_PART]}]}
        for name in ("response_format", "stream_options", "temperature", "max_tokens"):
            case.body.pop(name, None)
    if case.operation.path == "/v1/ask" and case.media_type != "multipart/form-data":
        for name in ("schema", "choices"):
            case.query.pop(name, None)
        case.query.setdefault("question", "What is heard?")
    return case


def no_webhook_and_no_cursor(context: HookContext, case: Case) -> Case:
    """Leave out what only a server with a secret, or an answer before, makes valid."""
    if not case.meta.generation.mode.is_negative:
        for name in ("webhook_url", "cursor"):
            case.query.pop(name, None)
    return case


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("operation", OPERATIONS, ids="-".join)
def test_every_operation_keeps_to_its_description(
    api: BaseSchema,
    live_url: str,
    proving: Callable[[int, int], int],
    evidence: Callable[..., None],
    operation: tuple[str, str],
    mode: GenerationMode,
) -> None:
    method, path = operation
    tried: Counter[int] = Counter()

    @settings(max_examples=proving(25, 200), derandomize=True, deadline=None, database=None)
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def probe(case: Case) -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        tried[case.call_and_validate(base_url=live_url, headers=headers).status_code] += 1

    with suppress(Unsatisfiable):  # there is nothing to get wrong in a request without parameters
        probe()
    statuses = {f"answered {status}": count for status, count in sorted(tried.items())}
    evidence("API fuzz", {"5xx": 0, "undocumented": 0, **statuses})
