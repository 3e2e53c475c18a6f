"""The examples in docs/schema.md are true."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"


def test_the_examples_run() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert result.attempted >= 8
    assert result.failed == 0
