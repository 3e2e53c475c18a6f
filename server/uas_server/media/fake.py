"""An internet of our own: names, addresses and servers on loopback, for tests of fetching."""

from collections.abc import Iterable, Mapping, Sequence

import httpcore


class FakeInternet(httpcore.AsyncNetworkBackend):
    """Answers look-ups and connects addresses to ports of this machine.

    Args:
        names: per name the answers to its look-ups in turn; the last one stays.
        ports: per address the port on 127.0.0.1 that stands for it.

    Attributes:
        looked_up: names in the order of their look-ups.
        dialled: addresses in the order in which they were connected to.
    """

    def __init__(
        self, names: Mapping[str, Sequence[Sequence[str]]], ports: Mapping[str, int]
    ) -> None:
        self.looked_up: list[str] = []
        self.dialled: list[str] = []
        self._names = {name: list(answers) for name, answers in names.items()}
        self._ports = ports
        self._dial = httpcore.AnyIOBackend()

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """The next answer for a name; an address that is written out stands for itself."""
        del port
        self.looked_up.append(host)
        answers = self._names.get(host, [[host] if host in self._ports else []])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to what stands for an address."""
        del port, local_address, socket_options
        self.dialled.append(host)
        if host not in self._ports:
            raise httpcore.ConnectError
        return await self._dial.connect_tcp("127.0.0.1", self._ports[host], timeout)
