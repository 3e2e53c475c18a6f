"""What a run has cost so far, counted over all threads."""

import threading
from dataclasses import asdict, dataclass

from uas_pipeline.endpoint.config import Price


@dataclass(frozen=True)
class Spent:
    """Requests, failed attempts, tokens, and their price."""

    requests: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    money: float = 0.0


class CostCounter:
    """Adds up what answers say they took. Safe to share between threads."""

    def __init__(self, price: Price) -> None:
        self._price, self._lock, self._spent = price, threading.Lock(), Spent()

    def answer(self, prompt_tokens: int, completion_tokens: int) -> None:
        """Count an answer."""
        money = (
            prompt_tokens * self._price.prompt_per_million
            + completion_tokens * self._price.completion_per_million
        ) / 1e6
        self._add(Spent(1, 0, prompt_tokens, completion_tokens, money))

    def retry(self) -> None:
        """Count an attempt that failed."""
        self._add(Spent(retries=1))

    @property
    def spent(self) -> Spent:
        """What was counted so far."""
        with self._lock:
            return self._spent

    def _add(self, more: Spent) -> None:
        with self._lock:
            both = asdict(more)
            self._spent = Spent(**{name: value + both[name]
                                   for name, value in asdict(self._spent).items()})  # fmt: skip
