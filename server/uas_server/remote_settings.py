"""Settings of the remote engine, a section of `uas_server.settings`. Opens no connection."""

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from uas_schema.strict import Strict

Kind = Literal["vllm", "sglang", "openai"]
"""What speaks there: the first two keep to a grammar, the last is only asked to."""


def _base_url(url: str) -> str:
    """A base URL without a slash at its end. Secrets have no place in it: it is logged."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("give a base URL such as http://gpu-1:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "a URL takes no user, password, query or fragment; use key_env or key_file"
        )
    return url.rstrip("/")


def _variable(name: str | None) -> str | None:
    if name is not None and (name.startswith("UAS_") or not re.fullmatch(r"[A-Za-z_]\w*", name)):
        raise ValueError("name an environment variable that does not begin with UAS_")
    return name


def _listed(value: object) -> object:
    """Read "a, b" as back ends of these URLs: how a flag holds them."""
    if isinstance(value, str):
        return [{"url": url.strip()} for url in value.split(",") if url.strip()]
    return value


class BackendSettings(Strict):
    """One back end. Its key, if it wants one, is in a variable or a file, never here."""

    url: Annotated[str, AfterValidator(_base_url)]
    kind: Kind | None = None
    model: str | None = None
    key_env: Annotated[str | None, AfterValidator(_variable)] = None
    key_file: Path | None = None
    requests: int | None = Field(None, ge=1)


class RemoteSettings(Strict):
    """Which servers run the model, and how they are treated.

    What a back end does not say of itself is said here for all of them.
    """

    backends: Annotated[tuple[BackendSettings, ...], BeforeValidator(_listed)] = Field(
        (), description="base URLs, comma-separated; in the file each may have settings of its own"
    )
    kind: Kind = Field("vllm", description="what the back ends are: vllm, sglang or openai")
    model: str | None = Field(None, description="name of the model there (default: as here)")
    key_env: Annotated[str | None, AfterValidator(_variable)] = Field(
        None, description="environment variable that holds the back ends' key"
    )
    key_file: Path | None = Field(None, description="file that holds the back ends' key")
    requests: int = Field(16, ge=1, description="requests to one back end at the same time")
    context_tokens: int = Field(2048, ge=256, description="most tokens of prompt and output there")
    same_vocabulary: bool = Field(
        True, description="whether the back ends serve the very model that is opened here"
    )
    probabilities: bool = Field(
        True, description="ask for probabilities: up to four requests more for a document"
    )
    connect_s: float = Field(2.0, gt=0, description="time to connect in")
    begin_s: float = Field(60.0, gt=0, description="time until an answer begins")
    idle_s: float = Field(30.0, gt=0, description="time between two parts of an answer")
    wait_s: float = Field(30.0, gt=0, description="time to wait for a free place")
    retries: int = Field(2, ge=0, description="other tries before an answer has begun")
    repairs: int = Field(2, ge=0, description="other tries after an answer left its grammar")
    failures: int = Field(3, ge=1, description="failures in a row that stop the use of a back end")
    rest_s: float = Field(2.0, gt=0, description="time it then rests; doubles with every relapse")
    most_rest_s: float = Field(60.0, gt=0, description="longest such rest")
    look_s: float = Field(5.0, gt=0, description="time between two looks at the back ends")
    start_s: float = Field(60.0, gt=0, description="time for the first back end to answer in")
