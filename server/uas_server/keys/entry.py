"""One API key as the server knows it, the file they are in, and how a new one is made.

Only the SHA-256 of a key is ever kept. That is enough because keys are random (256 bits); see
`docs/adr/0012-keys-and-limits.md`.
"""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from uas_schema.strict import Strict, nearest
from uas_server.keys.scopes import INFERENCE, Scope

_PREFIX = "uas_"
_RANDOM_BYTES = 32

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class KeysError(Exception):
    """The file of keys does not fit; the message says where and shows no value of it."""


class ApiKey(Strict):
    """A key, without the key.

    Attributes:
        name: for the log, in place of the key.
        sha256: lower-case hex of the SHA-256 of the key's bytes.
        scopes: what it may do.
        requests_per_minute: most requests; all of a minute may come at once. None is no bound.
        concurrency: most requests at the same time; None is no bound.
    """

    name: Name
    sha256: Sha256
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = INFERENCE
    requests_per_minute: Count | None = None
    concurrency: Count | None = None

    def line(self) -> str:
        """Its line in the file of keys: an item of a YAML list."""
        return f"- {self.model_dump_json(exclude_none=True)}"


def digest_of(key: bytes) -> bytes:
    """SHA-256 of a key, 32 bytes."""
    return hashlib.sha256(key).digest()


def new_key() -> str:
    """A random key, of letters, digits, `-` and `_`."""
    return _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def parse_keys(text: str) -> tuple[ApiKey, ...]:
    """Keys of a file's text: a YAML list of entries. Raises `KeysError`."""
    try:
        entries = yaml.safe_load(text)
    except yaml.YAMLError:
        raise KeysError("it is not YAML; write one line of `uas keys new` per key") from None
    if not isinstance(entries, list) or not entries:
        raise KeysError("it is no list of keys; write one line of `uas keys new` per key")
    keys = tuple(_key(entry, number) for number, entry in enumerate(entries, 1))
    _refuse_repeats("name", [key.name for key in keys])
    _refuse_repeats("sha256", [key.sha256 for key in keys])
    return keys


def _key(entry: object, number: int) -> ApiKey:
    try:
        return ApiKey.model_validate(entry)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, detail["loc"])) or "entry"
    if detail["type"] == "extra_forbidden":
        known = nearest(where, list(ApiKey.model_fields))
        raise KeysError(f"key {number}: unknown {where!r}: {known}")
    raise KeysError(f"key {number}: {where}: {detail['msg']}")


def _refuse_repeats(what: str, values: Sequence[str]) -> None:
    for number, value in enumerate(values, 1):
        if value in values[: number - 1]:
            raise KeysError(f"key {number}: {what} is that of an earlier key")
