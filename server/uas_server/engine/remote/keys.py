"""Keys of back ends, from an environment variable or a file; never from a setting itself."""

from __future__ import annotations

from collections.abc import Mapping

from uas_server.remote_settings import BackendSettings, RemoteSettings


class KeyMissing(Exception):
    """A key that a setting names is not there; the message says which, and holds nothing of it."""


def keys_of(settings: RemoteSettings, environment: Mapping[str, str]) -> dict[int, str]:
    """Keys of the back ends that have one, by number. Raises `KeyMissing`."""
    found = (_key_of(backend, settings, environment) for backend in settings.backends)
    return {number: key for number, key in enumerate(found) if key is not None}


def _key_of(
    backend: BackendSettings, settings: RemoteSettings, environment: Mapping[str, str]
) -> str | None:
    """Key of one back end: its own, else that of all."""
    own = backend.key_env is not None or backend.key_file is not None
    named = backend if own else settings
    if named.key_env is not None:
        return _usable(environment.get(named.key_env, ""), f"the variable {named.key_env}")
    if named.key_file is not None:
        try:
            text = named.key_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            text = ""
        return _usable(text, f"the file {named.key_file.name!r}")
    return None


def _usable(text: str, where: str) -> str:
    key = text.strip()
    if not key or not (key.isascii() and key.isprintable()) or " " in key:
        raise KeyMissing(f"{where} holds no key of a back end: put it there, on one line")
    return key
