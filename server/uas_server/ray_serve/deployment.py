"""The deployment: how many replicas, when there are more, and when Ray refuses for them.

`build` is what a config file of Ray Serve names; `uas serve --ray` calls `application`.
"""

import os
from typing import Any

from ray import serve
from ray.serve.config import AutoscalingConfig, BackpressureConfig
from ray.serve.schema import LoggingConfig

from uas_server.opening import opened_model
from uas_server.ray_serve.proxy import RETRY_S
from uas_server.ray_serve.replica import OpenModel, Replica, secrets_of
from uas_server.settings import SECRET, Settings, SettingsError

NAME = "uas-audio"
END_S = 10.0
"""Time to close the engine in, after the requests."""

_ANYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens here: Ray's proxies may, so a key is needed


def build(values: dict[str, Any]) -> serve.Application:
    """The application of these settings, over the environment: `serve run` and config files.

    Ray's proxies listen where Ray is told to, so a key is needed unless `host` is given as a
    loopback address. Raises `SettingsError`.
    """
    return application(Settings.load({"host": _ANYWHERE, **values}, os.environ))


def application(settings: Settings, open_model: OpenModel = opened_model) -> serve.Application:
    """The server as a deployment, not yet running. `open_model` runs in each replica.

    Raises `SettingsError` for settings that several replicas cannot share.
    """
    settings.check_exposure()
    check_shared(settings)
    plain = settings.model_dump(mode="json", exclude=set(SECRET), exclude_defaults=True)
    given = {name: value for name, value in plain.items() if value is not None}
    deployment = serve.deployment(serve.ingress()(Replica), name=NAME, **_options(settings))
    return deployment.bind(given, secrets_of(settings), open_model)


def check_shared(settings: Settings) -> None:
    """Refuse jobs that only one replica would know. Raises `SettingsError`."""
    if settings.jobs and (settings.jobs_database is None or settings.state_folder is None):
        raise SettingsError(
            "replicas share no embedded database, so jobs need UAS_JOBS_DATABASE, the URL of a "
            "PostgreSQL database, and --state-folder, a folder that every node sees; "
            "or turn them off with --jobs false"
        )


def _options(settings: Settings) -> dict[str, Any]:
    ray = settings.ray
    return {
        "ray_actor_options": {"num_cpus": ray.cpus, "num_gpus": ray.gpus},
        "max_ongoing_requests": ray.requests,
        "max_queued_requests": ray.queue,
        "backpressure_config": BackpressureConfig(status_code=503, retry_after_s=RETRY_S),
        "graceful_shutdown_timeout_s": settings.drain_s + END_S,
        "logging_config": LoggingConfig(enable_access_log=False),
        "autoscaling_config": AutoscalingConfig(
            min_replicas=ray.replicas,
            max_replicas=ray.most_replicas or ray.replicas,
            target_ongoing_requests=ray.target_requests,
            upscale_delay_s=ray.scale_up_s,
            downscale_delay_s=ray.scale_down_s,
        ),
    }
