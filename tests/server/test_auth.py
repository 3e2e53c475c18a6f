"""Without a known key nothing answers but /health/*."""

import pytest
import pytest_asyncio

from uas_server.app import routed_app

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEYS = ("first-key", "zweiter-schlüssel")
PATHS = sorted(
    {route.path for route in routed_app().routes} | {"/", "/nowhere", "/health", "/docs"}
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(server_of):
    async with server_of(api_keys=KEYS) as client:
        yield client


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer first-ke",
        "Bearer first-key2",
        "Basic first-key",
        "first-key",
        "Bearer " + "x" * 100_000,
        "Bearer \xff\xfe",
        "Bearer first-key,zweiter",
    ],
)
async def test_every_path_but_health_needs_a_key(guarded, header):
    headers = {} if header is None else {"authorization": header.encode("latin-1")}
    for path in PATHS:
        for method in ("GET", "POST", "DELETE"):
            answer = await guarded.request(method, path, headers=headers)
            if path.startswith("/health/"):
                assert answer.status_code in (200, 405)
            else:
                assert answer.status_code == 401, (method, path)
                assert answer.json()["error"]["code"] == "invalid_api_key"
                assert answer.headers["www-authenticate"] == "Bearer"


async def test_two_keys_at_once_are_none(guarded):
    headers = [("authorization", "Bearer first-key"), ("authorization", "Bearer first-key")]
    assert (await guarded.get("/v1/models", headers=headers)).status_code == 401


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_each_key_opens(guarded, key, scheme):
    headers = {"authorization": f"{scheme} {key}".encode()}
    assert (await guarded.get("/v1/models", headers=headers)).status_code == 200


async def test_without_keys_everything_is_open(client):
    assert (await client.get("/v1/models")).status_code == 200
