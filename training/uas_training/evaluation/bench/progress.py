"""Progress on standard error: a bar for people, nothing for tests."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

ItemT = TypeVar("ItemT")


class Progress(Protocol):
    """Something that watches a loop."""

    def over(self, items: Sequence[ItemT], name: str) -> Iterator[ItemT]:
        """Yield the items, showing how far it is."""
        ...


class Silent:
    """Shows nothing."""

    def over(self, items: Sequence[ItemT], name: str) -> Iterator[ItemT]:
        """Yield the items."""
        del name
        yield from items


class Bar:
    """A bar with count and time left, on standard error."""

    def over(self, items: Sequence[ItemT], name: str) -> Iterator[ItemT]:
        """Yield the items under a bar."""
        from rich.console import Console
        from rich.progress import track

        yield from track(items, description=name, console=Console(stderr=True))
