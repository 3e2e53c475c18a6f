"""`uas --help` is quick because no command's module imports anything heavy."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("fastapi", "jinja2", "numpy", "pydantic", "ray", "torch", "transformers", "vllm", "yaml")
HELP_LIMIT_S = 0.5


def _entry_points() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    commands: dict[str, str] = project["entry-points"]["uas.commands"]
    return commands


def _python(code: str) -> str:
    """Output of a new interpreter that sees the packages as this one does."""
    program = f"import sys; sys.path[:0] = {sys.path!r}; {code}"
    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return answer.stdout


@pytest.mark.parametrize(("name", "target"), _entry_points().items())
def test_a_command_module_is_light_and_describes_itself(name: str, target: str) -> None:
    module, _, attribute = target.partition(":")
    loaded = _python(
        f"from {module} import {attribute} as command; "
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]; "
        "print(command.name, heavy, command.help.endswith('.'))"
    )
    assert loaded == f"{name} [] False\n"


def test_help_takes_less_than_half_a_second_of_processor_time() -> None:
    # Processor time, interpreter included: other work on the machine does not count.
    text = _python(
        "import time; from uas_cli.main import main; main(['--help']); print(time.process_time())"
    )
    assert text.startswith("usage: uas ")
    assert float(text.splitlines()[-1]) < HELP_LIMIT_S
