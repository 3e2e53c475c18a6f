"""The schema needs pydantic, jinja2 and pyyaml, and nothing else."""

import subprocess
import sys

SCRIPT = """
import importlib, pkgutil, sys
import uas_schema
for module in pkgutil.iter_modules(uas_schema.__path__):
    importlib.import_module(f"uas_schema.{module.name}")
from uas_schema.prompts import load_prompts
load_prompts("smollm2-chatml").render("uas")
roots = {name.partition(".")[0] for name in sys.modules}
print(*sorted(root for root in roots if "site-packages" in str(
    getattr(sys.modules.get(root), "__file__", None) or "")))
"""

# The three packages and what they themselves need.
ALLOWED = {
    "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection",
    "jinja2", "markupsafe", "yaml", "_yaml",
}  # fmt: skip
# Startup hooks of an environment, not imports of ours.
ENVIRONMENT = {"_distutils_hack", "sitecustomize"}


def test_only_three_packages_are_imported() -> None:
    run = subprocess.run(  # noqa: S603 (our own script)
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert set(run.stdout.split()) - ENVIRONMENT <= ALLOWED
    assert "pydantic" in run.stdout
