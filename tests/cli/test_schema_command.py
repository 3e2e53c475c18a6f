"""`uas schema` prints what the schema package holds."""

import json
import re

import pytest

from uas_cli.catalogue import Catalogue
from uas_cli.main import main
from uas_schema.document import UasDocument


def _output(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["schema", *words], Catalogue.installed()) == 0
    return capsys.readouterr().out


def test_the_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(_output(capsys)) == UasDocument.json_schema()


def test_the_example_is_canonical_and_matches_the_expression(
    capsys: pytest.CaptureFixture[str],
) -> None:
    example = _output(capsys, "--example").removesuffix("\n")
    expression = _output(capsys, "--regex").removesuffix("\n")
    assert UasDocument.parse(example).canonical() == example
    assert re.fullmatch(expression, example)


def test_two_forms_at_once_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["schema", "--regex", "--example"], Catalogue.installed())
    assert ended.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err
