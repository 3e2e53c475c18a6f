"""The Python example of docs/api.md runs against a live server."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_documented_chat_runs(live_url, environment):
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code.replace("any, on loopback", "k")],
        cwd=ROOT,
        env={**environment, "UAS": live_url.removesuffix("/v1")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["Somebody  says hello."] * 2
