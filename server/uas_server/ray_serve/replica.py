"""One replica: the whole server of `uas serve`, made in an actor of Ray's from the same settings.

Secrets do not travel through Ray: a replica reads them from its own environment. Ray imports this
module in the actor; it does not know how many replicas there are.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from starlette.types import ASGIApp

from uas_server.app import create_app
from uas_server.engine.errors import EngineDead
from uas_server.engine.protocol import Health
from uas_server.logs import configure
from uas_server.opening import opened_model
from uas_server.ray_serve.departures import Departures
from uas_server.service.model import ServedModel
from uas_server.settings import SECRET, Settings, SettingsError
from uas_server.tracing import opened_tracer

OpenModel = Callable[[Settings], ServedModel]


class Replica:
    """What Ray Serve makes an actor of; Ray calls its methods by their names."""

    def __init__(
        self,
        values: Mapping[str, Any],
        secrets: frozenset[str],
        open_model: OpenModel = opened_model,
    ) -> None:
        """Read the settings: `values`, and the `secrets` from the environment of this process.

        Raises `SettingsError` when a secret is not there, or no key where one is needed.
        """
        self._open = ExitStack()
        self._settings = Settings.load(values, os.environ)
        self._settings.check_exposure()
        if missing := sorted(secrets - secrets_of(self._settings)):
            raise SettingsError(
                f"the setting {missing[0]} was made for this deployment and is not in the "
                f"environment of a replica; set UAS_{missing[0].upper()} on every node of Ray"
            )
        self._open_model = open_model
        self._health: Callable[[], Health] = lambda: "starting"

    def __serve_build_asgi_app__(self) -> ASGIApp:
        """Make the app, in the actor's loop; Ray runs its lifespan."""
        configure(self._settings.log_level)
        tracer = self._open.enter_context(opened_tracer())
        model = self._open_model(self._settings)
        self._health = model.engine.health
        return Departures(create_app(self._settings, model, tracer=tracer))

    async def check_health(self) -> None:
        """Raise `EngineDead` while a restart of the engine fails; Ray then makes another replica.

        An engine that restarts is left in peace.
        """
        if self._health() == "dead":
            raise EngineDead("the engine is dead and does not restart")

    def __del__(self) -> None:
        """Send what is left of the traces; Ray has run the lifespan to its end."""
        self._open.close()


def secrets_of(settings: Settings) -> frozenset[str]:
    """Names of the secrets that are set."""
    return frozenset(name for name in SECRET if getattr(settings, name))
