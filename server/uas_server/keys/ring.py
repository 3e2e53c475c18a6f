"""The keys that open this server, and how much each of them is in use.

Every look-up compares the SHA-256 of what was sent with every key, in constant time each, so
neither a key's text nor its place shows in the time. The file can be read again while requests run.
"""

import hmac
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from uas_server.errors import ApiError, retry_after
from uas_server.keys.bucket import TokenBucket
from uas_server.keys.entry import ApiKey, KeysError, digest_of, parse_keys
from uas_server.keys.scopes import SCOPES

Clock = Callable[[], float]


class KeyUse:
    """One key and what runs under it."""

    def __init__(self, key: ApiKey, clock: Clock) -> None:
        self.key = key
        self.digest = bytes.fromhex(key.sha256)
        self.running = 0
        self._clock = clock
        per_minute = key.requests_per_minute
        self._bucket = TokenBucket.per_minute(per_minute, clock()) if per_minute else None

    @contextmanager
    def request(self) -> Iterator[None]:
        """Be one of the key's requests while inside.

        Raises `ApiError` rate_limited, concurrency_limited.
        """
        if self.running == self.key.concurrency:
            message = f"This key has {self.running} requests running, its most. Wait for one."
            raise ApiError("concurrency_limited", message, headers=retry_after(1))
        wait_s = self._bucket.take(self._clock()) if self._bucket else 0.0
        if wait_s:
            message = (
                f"This key may send {self.key.requests_per_minute} requests a minute. "
                "Try again after the given time."
            )
            raise ApiError("rate_limited", message, headers=retry_after(wait_s))
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1


class KeyRing:
    """All keys of one server; without any it is open, which only a loopback server may be.

    Args:
        plain: keys given as text; each may do everything.
        file: YAML file of hashed keys, read here and by `reload`.
        clock: seconds of a clock that does not go back.

    Raises `KeysError`.
    """

    def __init__(
        self, plain: Iterable[str] = (), file: Path | None = None, clock: Clock = time.monotonic
    ) -> None:
        self._plain = tuple(_plain_key(key, number) for number, key in enumerate(plain, 1))
        self._file = file
        self._clock = clock
        self._uses: tuple[KeyUse, ...] = ()
        self.reload()

    @property
    def is_open(self) -> bool:
        """Whether there is no key at all."""
        return not self._uses

    def reload(self) -> None:
        """Read the file again; a key whose entry is as before keeps its counts.

        Raises `KeysError`, and then everything is as before.
        """
        keys = (*self._plain, *(_read(self._file) if self._file else ()))
        known = {use.key: use for use in self._uses}
        self._uses = tuple(known.get(key) or KeyUse(key, self._clock) for key in keys)

    def find(self, sent: bytes) -> KeyUse | None:
        """The key that was sent, if it is one of these."""
        digest = digest_of(sent)
        matches = [use for use in self._uses if hmac.compare_digest(digest, use.digest)]
        return matches[0] if matches else None


def _plain_key(key: str, number: int) -> ApiKey:
    digest = digest_of(key.encode()).hex()
    return ApiKey(name=f"api-keys-{number}", sha256=digest, scopes=SCOPES)


def _read(file: Path) -> tuple[ApiKey, ...]:
    try:
        return parse_keys(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise KeysError(f"cannot read keys_file: {reason}") from None
    except KeysError as error:
        raise KeysError(f"keys_file: {error}") from None
