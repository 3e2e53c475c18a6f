"""Bounds of what is fetched from a URL. Light, because the settings make them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FetchLimits:
    """What may be fetched.

    Attributes:
        most_bytes: of one body, as it comes.
        most_s: for all of one URL, redirects included.
        hosts: names that may be asked; empty is any.
        plain_http: whether http is allowed beside https.
    """

    most_bytes: int
    most_s: float
    hosts: frozenset[str] = frozenset()
    plain_http: bool = False
