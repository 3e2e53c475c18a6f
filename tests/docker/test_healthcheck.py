"""The health check's answer is its exit code, whatever the server does."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docker/healthcheck.py"


@contextmanager
def server(status: int) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """A server that answers with a status; gives its port, and paths with Host headers."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["host"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield listening.server_port, asked
        finally:
            listening.shutdown()
            thread.join()


def check(port: int, **variables: str) -> int:
    words = [sys.executable, str(SCRIPT)]
    environment = {"UAS_PORT": str(port), **variables}
    return subprocess.run(words, env=environment, check=False).returncode  # noqa: S603


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (401, 1)])
def test_only_a_ready_server_is_healthy(status, code):
    with server(status) as (port, asked):
        assert check(port) == code
    assert asked == [("/health/ready", "127.0.0.1")]


def test_it_goes_by_a_name_that_the_server_accepts():
    with server(200) as (port, asked):
        assert check(port, UAS_ALLOWED_HOSTS="uas.example, other") == 0
    assert asked == [("/health/ready", "uas.example")]


def test_nobody_listening_is_not_healthy():
    with server(200) as (port, _):
        pass
    assert check(port) == 1
