"""Progress on standard error: a bar for people, nothing for tests and logs that want none."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Something that watches a loop."""

    def over(self, items: Sequence[T], name: str) -> Iterator[T]:
        """Yield the items, showing how far it is."""
        ...


class Silent:
    """Shows nothing."""

    def over(self, items: Sequence[T], name: str) -> Iterator[T]:
        """Yield the items."""
        del name
        yield from items


class Bar:
    """A bar with count, speed and time left, on standard error."""

    def over(self, items: Sequence[T], name: str) -> Iterator[T]:
        """Yield the items under a bar."""
        from rich.console import Console
        from rich.progress import track

        yield from track(items, description=name, console=Console(stderr=True))
