"""A server of jobs in a process of its own: `python job_server.py SETTINGS WINDOW_S STEP_S`.

Its model hears a window at a time, takes a step for each of its two answers, and writes a checksum
of what it heard into every free text, so that two results are the same only when their windows are.
The port is its first line.
"""

import json
import socket
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def job_server(
    environment: Mapping[str, str], *, window_s: int = 2, step_s: float = 0.05, **settings: Any
) -> "Iterator[tuple[str, subprocess.Popen[str]]]":
    """Run the server while inside; gives its URL and the process. It is killed at the end."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter, our own script
        [sys.executable, __file__, json.dumps(settings), str(window_s), str(step_s)],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}", process
        finally:
            process.kill()


def main() -> None:
    import uvicorn
    from scripted_model import byte_tokens, scripted_model

    from uas_server.app import create_app
    from uas_server.engine.fake import FakeEngine, Reply, legal_reply
    from uas_server.engine.protocol import GenerateRequest
    from uas_server.serving import uvicorn_config
    from uas_server.settings import Settings

    given, window_s, step_s = (json.loads(word) for word in sys.argv[1:])
    settings = Settings(**given)

    def script(request: GenerateRequest) -> Reply:
        engine.requests.clear()  # the fake remembers them, with their audio
        heard = zlib.crc32(b"".join(clip.tobytes() for clip in request.audio))
        text = legal_reply(request).text.replace('"fake"', f'"{heard:08x}"')
        return Reply(text, latency_s=step_s)

    with tempfile.TemporaryDirectory() as folder:
        tokens = byte_tokens(Path(folder))
    engine = FakeEngine(script)
    model = scripted_model(tokens, engine, window_s=window_s)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn_config(create_app(settings, model), settings))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
