"""Settings of a deployment on Ray Serve, a section of `uas_server.settings`. Imports no ray."""

from pydantic import Field, model_validator

from uas_schema.strict import Strict


class RaySettings(Strict):
    """How many replicas there are and what each gets; read by `uas serve --ray` and by `build`."""

    address: str | None = Field(
        None, description="a Ray cluster, such as auto (default: one on this machine)"
    )
    replicas: int = Field(1, ge=1, description="replicas that always run")
    most_replicas: int | None = Field(
        None, ge=1, description="replicas under load (default: as many as always run)"
    )
    target_requests: float = Field(
        4.0, gt=0, description="requests of one replica, waiting ones too, that scaling aims at"
    )
    scale_up_s: float = Field(30.0, ge=0, description="time over the target until replicas start")
    scale_down_s: float = Field(600.0, ge=0, description="time under the target until they end")
    cpus: float = Field(1.0, ge=0, description="CPUs that Ray counts for one replica")
    gpus: float = Field(0.0, ge=0, description="GPUs that Ray gives to one replica")
    requests: int = Field(
        128, ge=1, description="requests and live connections that Ray sends to one replica"
    )
    queue: int = Field(64, ge=1, description="requests that may wait at one of Ray's proxies")

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> "RaySettings":
        if self.most_replicas is not None and self.most_replicas < self.replicas:
            raise ValueError(
                f"most_replicas {self.most_replicas} is less than replicas {self.replicas}"
            )
        return self
