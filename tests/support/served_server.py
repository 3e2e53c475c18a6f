"""The server around the scripted engine, run as `uas serve` runs it: signals, log, exit code.

Its log, on standard error, says the port. Arguments: settings and waits of the engine, each as one
JSON object.
"""

import json
import sys
import tempfile
from pathlib import Path

from scripted_model import byte_tokens, scripted_model
from scripted_server import waiting_engine

from uas_server.app import create_app
from uas_server.serving import serve
from uas_server.settings import Settings


def main() -> int:
    settings, waits = Settings(**json.loads(sys.argv[1])), json.loads(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        model = scripted_model(byte_tokens(Path(folder)), waiting_engine(**waits))
    return 0 if serve(create_app(settings, model), settings) else 1


if __name__ == "__main__":
    sys.exit(main())
