"""Every setting of the server, in one typed class.

A value comes from the command line, else from a `UAS_*` environment variable, else from a YAML
file, else from the default here. Nothing reads the environment at import: `Settings.load` is
called by the commands, and tests make a `Settings` directly. An unknown name fails and names the
nearest valid one.
"""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo

from uas_schema.strict import Strict, explain
from uas_server.media.limits import FetchLimits
from uas_server.ray_settings import RaySettings
from uas_server.remote_settings import RemoteSettings
from uas_server.vllm_settings import VllmSettings
from uas_signal.limits import DecodeLimits

PREFIX = "UAS_"
FOREIGN = frozenset({"UAS_API_KEY", "UAS_CACHE", "UAS_PROVE"})
"""Environment variables of other parts of the product, which are no settings of the server."""

SECTIONS: Mapping[str, type[Strict]] = {
    "vllm": VllmSettings,
    "remote": RemoteSettings,
    "ray": RaySettings,
}
"""Settings that belong together: a mapping in the file, a common beginning of flags elsewhere."""


SECRET = frozenset({"api_keys", "jobs_database", "webhook_secret"})
"""Settings whose value is never shown, and that are no flags: others see a command line."""


class SettingsError(Exception):
    """A setting is unknown or does not fit; the message names it and the fix."""


def _listed(value: object) -> object:
    """Read "a, b" as a list: how an environment variable holds one."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_listed)]


class Settings(Strict):
    """What can be set. Names carry their units; the defaults are safe for one machine."""

    model: str = Field("uas-audio-tiny", description="name or folder of the model to serve")
    engine: Literal["local", "vllm", "remote"] = Field("local", description="what runs the model")
    precision: Literal["auto", "int8", "bf16", "fp32"] = Field(
        "auto", description="weights of the local engine"
    )
    vllm: VllmSettings = Field(
        default_factory=lambda: VllmSettings.model_validate({}),
        description="settings of the vllm engine",
    )
    remote: RemoteSettings = Field(
        default_factory=lambda: RemoteSettings.model_validate({}),
        description="settings of the remote engine",
    )
    ray: RaySettings = Field(
        default_factory=lambda: RaySettings.model_validate({}),
        description="settings of a deployment on Ray Serve",
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65_535, description="port to listen on; 0 picks a free one")
    api_keys: Secrets = Field((), description="keys that may do everything, comma-separated")
    keys_file: Path | None = Field(
        None, description="YAML file of hashed keys, made with `uas keys new`; read again on SIGHUP"
    )
    allowed_hosts: Words = Field(
        (), description="names that a Host header may hold (default: loopback names, or any)"
    )
    upload_bytes: int = Field(25 << 20, ge=1024, description="largest upload")
    audio_s: float = Field(600.0, gt=0, description="longest audio in one request")
    fetch_urls: bool = Field(False, description="fetch clips from public https URLs")
    fetch_plain_http: bool = Field(False, description="fetch from http URLs too")
    fetch_hosts: Words = Field((), description="hosts that may be fetched from (default: any)")
    fetch_s: float = Field(10.0, gt=0, description="time to fetch a clip in")
    decoders: int = Field(2, ge=1, description="decoder children")
    decoder_memory_bytes: int = Field(1 << 30, ge=1 << 26, description="memory of one decoder")
    decoder_cpu_s: int = Field(20, ge=1, description="CPU time of one decode")
    header_s: float = Field(10.0, gt=0, description="time to send the headers in")
    body_s: float = Field(60.0, gt=0, description="time to send the body in")
    read_s: float = Field(30.0, gt=0, description="time to take in what was sent")
    request_s: float = Field(120.0, gt=0, description="time for a whole request")
    drain_s: float = Field(30.0, ge=0, description="time for running requests at shutdown")
    queue: int = Field(32, ge=0, description="requests that may wait beside those running")
    max_tokens: int = Field(512, ge=1, description="output tokens per window, unless asked for")
    question_chars: int = Field(4096, ge=1, description="longest question")
    choices: int = Field(32, ge=2, description="most choices of one question")
    schema_bytes: int = Field(16_384, ge=2, description="largest JSON Schema of a question")
    schema_depth: int = Field(8, ge=1, description="deepest JSON Schema of a question")
    schema_states: int = Field(2_000, ge=16, description="largest automaton of such a schema")
    schemas_cached: int = Field(64, ge=1, description="compiled schemas that are kept")
    schema_compile_s: float = Field(5.0, gt=0, description="time to compile a schema in")
    allowed_origins: Words = Field(
        (), description="web pages that may open /v1/stream (default: those of this server's name)"
    )
    live_sessions: int = Field(16, ge=1, description="live sessions at the same time")
    live_sessions_per_key: int = Field(4, ge=1, description="of them, those of one key")
    live_session_s: float = Field(3600.0, gt=0, description="longest live session")
    live_idle_s: float = Field(30.0, gt=0, description="time a live client may send nothing")
    live_message_bytes: int = Field(65_536, ge=2, description="largest live message")
    live_speed: float = Field(
        4.0, ge=1, description="live audio is read at most so many times as fast as real time"
    )
    live_buffer_s: float = Field(
        60.0, ge=1, description="live audio that may wait for its documents before none is read"
    )
    live_lag_s: float = Field(30.0, gt=0, description="time that may last until a session is ended")
    live_resume_s: float = Field(30.0, ge=0, description="time a live session waits for its client")

    jobs: bool = Field(True, description="whether long recordings are taken at /v1/jobs")
    state_folder: Path | None = Field(
        None, description="folder of recordings and of the embedded database (default: the user's)"
    )
    jobs_database: SecretStr | None = Field(
        None, description="SQLAlchemy URL of a PostgreSQL database instead of the embedded one"
    )
    job_audio_s: float = Field(14_400.0, gt=0, description="longest audio of a job")
    job_upload_bytes: int = Field(1 << 30, ge=1024, description="largest upload of a job")
    job_body_s: float = Field(600.0, gt=0, description="time to send a job's audio in")
    job_uploads: int = Field(4, ge=1, description="uploads of jobs at the same time")
    jobs_running: int = Field(1, ge=1, description="jobs that this process works on at a time")
    jobs_waiting: int = Field(100, ge=1, description="jobs that may wait")
    job_lease_s: float = Field(
        30.0, ge=1, description="time after which a dead process's job moves"
    )
    job_keep_s: float = Field(604_800.0, gt=0, description="time a job is kept after its end")
    webhook_secret: SecretStr | None = Field(
        None, min_length=16, description="secret that signs webhooks; without one, none is sent"
    )
    webhook_tries: int = Field(8, ge=1, description="tries before a webhook is given up")
    webhook_private_addresses: bool = Field(
        False, description="whether webhooks may go to private addresses, and over http"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least level that is logged"
    )

    @model_validator(mode="after")
    def _keys_are_usable(self) -> "Settings":
        if any(not key.get_secret_value() for key in self.api_keys):
            raise ValueError("an API key is empty; remove it or give it a value")
        return self

    @model_validator(mode="after")
    def _remote_has_back_ends(self) -> "Settings":
        if self.engine == "remote" and not self.remote.backends:
            raise ValueError("the remote engine has no back ends; set remote_backends")
        return self

    @classmethod
    def load(
        cls,
        flags: Mapping[str, Any],
        environment: Mapping[str, str],
        file: Path | None = None,
    ) -> "Settings":
        """Join the sources: `flags` over `environment` over `file` over defaults.

        Flags that are None count as not given. Raises `SettingsError`.
        """
        given = {name: value for name, value in flags.items() if value is not None}
        values = _flat(_read_file(file)) | _from_environment(environment) | given
        try:
            return cls.model_validate(_nested(values))
        except ValidationError as error:
            raise SettingsError(f"setting {_explain(error)}") from None

    @classmethod
    def flat_fields(cls) -> dict[str, FieldInfo]:
        """Every setting by its flat name; one of a section has the section's name in front."""
        fields = {name: field for name, field in cls.model_fields.items() if name not in SECTIONS}
        for section, model in SECTIONS.items():
            for name, field in model.model_fields.items():
                fields[f"{section}_{name}"] = field
        return fields

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def check_exposure(self) -> None:
        """Refuse to listen beyond loopback without a key. Raises `SettingsError`."""
        if not self.is_loopback and not self.api_keys and self.keys_file is None:
            raise SettingsError(
                f"host {self.host} can be reached from other machines, so an API key is needed: "
                "set --keys-file or UAS_API_KEYS, or listen on 127.0.0.1"
            )

    def fetch_limits(self) -> FetchLimits:
        """Bounds of one fetch."""
        return FetchLimits(
            most_bytes=self.upload_bytes,
            most_s=self.fetch_s,
            hosts=frozenset(host.lower() for host in self.fetch_hosts),
            plain_http=self.fetch_plain_http,
        )

    def job_decode_limits(self) -> DecodeLimits:
        """Bounds of a recording that is decoded piece by piece."""
        return self.decode_limits().of_length(self.job_audio_s)

    def decode_limits(self) -> DecodeLimits:
        """Bounds of one decode."""
        return DecodeLimits(
            max_seconds=self.audio_s,
            memory_bytes=self.decoder_memory_bytes,
            cpu_s=self.decoder_cpu_s,
        )


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Values of the `UAS_*` variables; an unknown one is left in, to be refused by name."""
    ours = {name for name in environment if name.startswith(PREFIX)} - FOREIGN
    return {name.removeprefix(PREFIX).lower(): environment[name] for name in sorted(ours)}


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Take the sections' settings out, under their flat names."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if name in SECTIONS and isinstance(value, dict):
            flat |= {f"{name}_{key}": inner for key, inner in value.items()}
        else:
            flat[name] = value
    return flat


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Put settings with flat names into their sections."""
    nested: dict[str, Any] = {}
    for name, value in values.items():
        section, _, key = name.partition("_")
        if section in SECTIONS and key:
            nested.setdefault(section, {})[key] = value
        else:
            nested[name] = value
    return nested


def _read_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"cannot read the settings file {str(file)!r}: {error}") from None
    if values is not None and not isinstance(values, dict):
        raise SettingsError(f"the settings file {str(file)!r} holds no mapping of names to values")
    return values or {}


def _explain(error: ValidationError) -> str:
    """First problem in one line; the value of a secret, or of a URL, is never shown."""
    first = error.errors(include_url=False)[0]
    place = first["loc"]
    if place and place[0] in SECRET:
        return f"{place[0]}: does not fit; its value is not shown"
    if place and place[-1] == "url":
        return f"{'.'.join(map(str, place))}: {first['msg']}"
    return explain(error, Settings)
