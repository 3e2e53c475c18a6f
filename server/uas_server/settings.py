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

from uas_schema.strict import Strict, explain
from uas_signal.limits import DecodeLimits

PREFIX = "UAS_"
FOREIGN = frozenset({"UAS_API_KEY", "UAS_CACHE", "UAS_PROVE"})
"""Environment variables of other parts of the product, which are no settings of the server."""


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
    precision: Literal["auto", "int8", "bf16", "fp32"] = Field(
        "auto", description="weights of the local engine"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65_535, description="port to listen on; 0 picks a free one")
    api_keys: Secrets = Field((), description="keys that callers may use, comma-separated")
    api_keys_file: Path | None = Field(None, description="file with one key per line")
    allowed_hosts: Words = Field(
        (), description="names that a Host header may hold (default: loopback names, or any)"
    )
    upload_bytes: int = Field(25 << 20, ge=1024, description="largest upload")
    audio_s: float = Field(600.0, gt=0, description="longest audio in one request")
    decoders: int = Field(2, ge=1, description="decoder children")
    decoder_memory_bytes: int = Field(1 << 30, ge=1 << 26, description="memory of one decoder")
    decoder_cpu_s: int = Field(20, ge=1, description="CPU time of one decode")
    header_s: float = Field(10.0, gt=0, description="time to send the headers in")
    body_s: float = Field(60.0, gt=0, description="time to send the body in")
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
        values = _read_file(file) | _from_environment(environment) | given
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError(f"setting {_explain(error)}") from None
        return settings.with_keys_of_file()

    def with_keys_of_file(self) -> "Settings":
        """Copy with the keys of `api_keys_file` added. Raises `SettingsError`."""
        if self.api_keys_file is None:
            return self
        try:
            lines = self.api_keys_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot read api_keys_file {str(self.api_keys_file)!r}: {error}"
            raise SettingsError(message) from None
        keys = [SecretStr(line.strip()) for line in lines if line.strip()]
        return self.replace(api_keys=(*self.api_keys, *keys), api_keys_file=None)

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
        if not self.is_loopback and not self.api_keys:
            raise SettingsError(
                f"host {self.host} can be reached from other machines, so an API key is needed: "
                "set UAS_API_KEYS or --api-keys-file, or listen on 127.0.0.1"
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
    """First problem in one line; the value of a secret is never shown."""
    first = error.errors(include_url=False)[0]["loc"]
    name = str(first[0]) if first else ""
    return (
        f"{name}: does not fit; its value is not shown"
        if name in SECRET
        else explain(error, Settings)
    )
