"""An HTTP server on the loopback interface that answers what a test tells it to, in order."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One answer; a mapping becomes JSON."""

    body: Mapping[str, Any] | bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    break_off: bool = False
    """Promise more bytes than are sent."""


@dataclass
class Endpoint:
    """Where the server is, and what it was asked: (method, path, headers, body)."""

    url: str
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def json(self, number: int = -1) -> Any:
        """Body of a request."""
        return json.loads(self.asked[number][3])


def completion(content: Mapping[str, Any] | str | None, **changes: Any) -> Answer:
    """A chat completion whose message is ``content``."""
    text = json.dumps(content) if isinstance(content, Mapping) else content
    choice = {"index": 0, "message": {"role": "assistant", "content": text},
              "finish_reason": "stop"}  # fmt: skip
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    return Answer({"id": "1", "choices": [choice | changes], "usage": usage})


@contextmanager
def scripted_endpoint(*answers: Answer) -> Iterator[Endpoint]:
    """Serve the answers in order; the last one again and again."""
    remaining, lock = list(answers), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                endpoint.asked.append((self.command, self.path, headers, body))
                answer = remaining.pop(0) if len(remaining) > 1 else remaining[0]
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body)
            data = content if isinstance(content, bytes) else content.encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data) + 10 * answer.break_off))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
