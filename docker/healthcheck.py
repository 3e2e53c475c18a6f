"""Asks the server in this container whether it is ready; exit code 0 is yes.

Only the standard library, so that it starts fast. Where hosts are restricted, it goes by the first
name that is allowed.
"""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_S = 4.0


def main() -> int:
    """Ask once."""
    port = os.environ.get("UAS_PORT", "8000")
    names = os.environ.get("UAS_ALLOWED_HOSTS", "").split(",")
    host = names[0].strip() or "127.0.0.1"
    url = f"http://127.0.0.1:{port}/health/ready"
    request = urllib.request.Request(url, headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
            return 0 if answer.status == 200 else 1
    except (urllib.error.URLError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
