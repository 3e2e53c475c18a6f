"""The live sessions of this process: opened within their limits, found again by their token."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from uas_server.errors import ApiError, engine_unavailable, retry_after
from uas_server.live.documents import Bench
from uas_server.live.messages import Resume
from uas_server.live.place import Place, place_of
from uas_server.live.session import Session

_RETRY_S = 5.0
_CONNECTIONS_PER_SESSION = 2  # a client that comes back may do so before its old one is gone


class Desk:
    """Keeps sessions, with or without a connection."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._sessions: dict[str, Session] = {}
        self._expiries: dict[str, asyncio.TimerHandle] = {}
        self._connections = 0
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def sessions(self) -> int:
        """Sessions that are kept, with or without a connection."""
        return len(self._sessions)

    @property
    def connections(self) -> int:
        """Connections that were let in."""
        return self._connections

    @property
    def behind_s(self) -> float:
        """Seconds of audio that wait for their documents, in the session with the most."""
        return max((session.behind_s for session in self._sessions.values()), default=0.0)

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Be one of the connections while inside.

        Raises `ApiError` engine_unavailable, server_full.
        """
        if self._bench.model.engine.health() != "ready":
            raise engine_unavailable()
        if self._connections >= _CONNECTIONS_PER_SESSION * self._bench.settings.live_sessions:
            raise _full("All connections for live sessions are taken.")
        self._connections += 1
        try:
            yield
        finally:
            self._connections -= 1

    def open(self, owner: str, place: Place) -> Session:
        """A session that begins at a place.

        Raises `ApiError` model_not_found, server_full, too_many_sessions.
        """
        settings, name = self._bench.settings, self._bench.model.info.name
        if place.start.model not in (None, name):
            message = f"This server runs {name}. Leave model out, or name that one."
            raise ApiError("model_not_found", message, param="model")
        if len(self._sessions) >= settings.live_sessions:
            raise _full(f"All {settings.live_sessions} live sessions are taken.")
        of_owner = sum(session.owner == owner for session in self._sessions.values())
        if of_owner >= settings.live_sessions_per_key:
            message = f"This key has {of_owner} live sessions, its most. End one."
            raise ApiError("too_many_sessions", message, headers=retry_after(_RETRY_S))
        session = Session(self._bench, owner, place)
        self._sessions[session.resume_token] = session
        return session

    def resume(self, owner: str, asked: Resume) -> Session:
        """The session of a token, or a new one at the place that it names.

        Raises `ApiError` session_not_found, and what `open` raises.
        """
        place = place_of(asked.resume_token)
        if place is not None and place.number == asked.last_number:
            return self.open(owner, place)
        session = self._sessions.get(asked.resume_token)
        if (
            session is None
            or session.owner != owner
            or not session.outbox.can_follow(asked.last_number)
        ):
            message = "There is no such session any more. Start a new one."
            raise ApiError("session_not_found", message, param="resume_token")
        self._keep(session)
        return session

    def leave(self, session: Session) -> None:
        """The client is gone: keep the session for a while, in case it comes back."""
        if session.resume_token in self._sessions:
            loop = asyncio.get_running_loop()
            self._keep(session)
            self._expiries[session.resume_token] = loop.call_later(
                self._bench.settings.live_resume_s, self.drop, session
            )

    def drop(self, session: Session) -> None:
        """Forget a session and stop its work."""
        self._keep(session)
        if self._sessions.pop(session.resume_token, None) is not None:
            task = asyncio.create_task(session.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep sessions while inside; none is left afterwards."""
        try:
            yield
        finally:
            for session in list(self._sessions.values()):
                self.drop(session)
            await asyncio.gather(*self._closing, return_exceptions=True)

    def _keep(self, session: Session) -> None:
        expiry = self._expiries.pop(session.resume_token, None)
        if expiry is not None:
            expiry.cancel()


def _full(message: str) -> ApiError:
    return ApiError("server_full", f"{message} Try again later.", headers=retry_after(_RETRY_S))
