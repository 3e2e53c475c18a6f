"""Settings become a deployment, or are refused before anything starts."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("ray.serve", exc_type=ImportError)

from uas_server.engine.errors import EngineDead
from uas_server.engine.fake import FakeEngine
from uas_server.ray_serve.deployment import application, build
from uas_server.ray_serve.replica import Replica, secrets_of
from uas_server.settings import Settings, SettingsError

KEY = "a-key-of-the-tests"


def settings_of(**flags: object) -> Settings:
    return Settings.load({"jobs": False, **flags}, {})


@pytest.mark.parametrize("missing", ["jobs_database", "state_folder"])
def test_jobs_need_what_all_replicas_share(missing, tmp_path):
    shared = {"jobs_database": "postgresql://db/uas", "state_folder": tmp_path}
    application(settings_of(jobs=True, **shared))
    with pytest.raises(SettingsError, match=r"UAS_JOBS_DATABASE.*--state-folder.*--jobs false"):
        application(settings_of(jobs=True, **{**shared, missing: None}))


def test_a_config_file_s_deployment_wants_a_key(monkeypatch):
    monkeypatch.delenv("UAS_API_KEYS", raising=False)
    with pytest.raises(SettingsError, match="an API key is needed"):
        build({"jobs": False})
    build({"jobs": False, "host": "127.0.0.1"})
    build({"jobs": False, "keys_file": "/run/secrets/uas/keys.yaml"})


def test_most_replicas_are_not_less_than_those_that_always_run():
    with pytest.raises(SettingsError, match="most_replicas 2 is less than replicas 3"):
        settings_of(ray_replicas=3, ray_most_replicas=2)


def test_an_unknown_argument_names_the_nearest_setting():
    with pytest.raises(SettingsError, match=r"did you mean 'replicas'"):
        build({"ray_replcas": 2})


def test_secrets_stay_out_of_what_ray_is_given():
    settings = settings_of(api_keys=KEY, keys_file=Path("keys.yaml"), ray_replicas=2)
    deployed = application(settings)._bound_deployment
    assert KEY not in repr((deployed.init_args, deployed.init_kwargs))
    values, secrets, _ = deployed.init_args
    assert secrets == {"api_keys"}
    assert Settings.load(values, {"UAS_API_KEYS": KEY}) == settings


def test_a_replica_without_the_secret_does_not_start(monkeypatch):
    monkeypatch.delenv("UAS_API_KEYS", raising=False)
    with pytest.raises(SettingsError, match="set UAS_API_KEYS on every node of Ray"):
        Replica({"jobs": False}, frozenset({"api_keys"}))
    monkeypatch.setenv("UAS_API_KEYS", KEY)
    Replica({"jobs": False}, frozenset({"api_keys"}))


@pytest.fixture
def own_logs() -> Iterator[None]:
    """A replica says where its process logs to; this process is the tests'."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_a_replica_is_lost_when_its_engine_stays_dead(model_of, own_logs):
    engine = FakeEngine()
    replica = Replica({"jobs": False}, secrets_of(settings_of()), lambda _: model_of(engine))
    await replica.check_health()
    replica.__serve_build_asgi_app__()
    await engine.start()
    await replica.check_health()
    engine.kill()
    with pytest.raises(EngineDead):
        await replica.check_health()
