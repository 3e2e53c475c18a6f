"""Runs the deployment: on a Ray cluster that is there, or on one that is started here.

Ray, its proxies and its replicas are other processes; this one starts them, waits, and stops them.
"""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from uas_server.opening import opened_model
from uas_server.ray_serve.proxy import HOOK, HOOK_VARIABLE
from uas_server.ray_serve.replica import OpenModel
from uas_server.settings import Settings, SettingsError

_ENVIRONMENT = {
    HOOK_VARIABLE: HOOK,
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent anywhere
}
"""What Ray's processes read; on a cluster that runs already, its nodes have to have it."""


class RayFailed(Exception):
    """No cluster answers at the address, or the deployment did not come up."""


@contextmanager
def running_on_ray(
    settings: Settings, open_model: OpenModel = opened_model, *, cpus: int | None = None
) -> Iterator[None]:
    """Have the deployment run while inside; its replicas are up at the beginning.

    `cpus` are what Ray counts on this machine, when it is started here (default: its own).
    Raises `SettingsError`, `RayFailed`.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        from ray import serve

        from uas_server.ray_serve.deployment import NAME, application
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"Ray Serve is not installed ({error.name} is missing); "
            "run: pip install 'uas-audio[serve-ray]'"
        ) from None
    app = application(settings, open_model)
    is_ours = settings.ray.address is None
    _connect(settings.ray.address, cpus)
    try:
        serve.start(
            proxy_location="EveryNode",
            http_options={"host": settings.host, "port": settings.port},
            logging_config={"enable_access_log": False},
        )
        try:
            serve.run(app, name=NAME, route_prefix="/")
        except RuntimeError:
            raise RayFailed("the deployment did not come up; the log above says why") from None
        yield
    finally:
        if is_ours:
            serve.shutdown()
        else:
            serve.delete(NAME)
        ray.shutdown()


def told_to_stop() -> None:
    """Return when SIGINT or SIGTERM comes."""
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    told.wait()


def _connect(address: str | None, cpus: int | None) -> None:
    """Start Ray here, or connect. What replicas log comes out of this process too."""
    import ray

    is_ours = address is None
    try:
        ray.init(
            address="local" if is_ours else address,
            num_cpus=cpus if is_ours else None,
            include_dashboard=False if is_ours else None,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, ValueError) as error:
        raise RayFailed(f"no Ray cluster at {address!r}: {error}") from error
