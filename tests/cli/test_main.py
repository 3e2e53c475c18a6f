"""The `uas` command line: finding commands, help, errors and exit codes."""

import argparse
from importlib.metadata import EntryPoint

import pytest

from uas_cli.catalogue import Catalogue
from uas_cli.command import Command, CommandError, ExitCode, say, write_json
from uas_cli.main import main


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def _add_word(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("word")
    parser.add_argument("--loudness", type=int, default=1)


def _echo(arguments: argparse.Namespace) -> int:
    say("listening")
    write_json({"word": arguments.word, "loudness": arguments.loudness})
    return ExitCode.OK


def _interrupt(arguments: argparse.Namespace) -> int:
    raise KeyboardInterrupt


def _refuse(arguments: argparse.Namespace) -> int:
    raise CommandError("the checkpoint is pickled; use safetensors", ExitCode.REFUSED)


def _miss(arguments: argparse.Namespace) -> int:
    import soundfile_that_nobody_has  # noqa: F401

    raise AssertionError


echo = Command("echo", "say a word again", _add_word, _echo, ("uas echo hello",))
interrupt = Command("interrupt", "stop at once", _no_arguments, _interrupt)
refuse = Command("refuse", "refuse a model", _no_arguments, _refuse)
miss = Command("miss", "need something", _no_arguments, _miss)
not_a_command = "just a string"


def _point(name: str, target: str) -> EntryPoint:
    return EntryPoint(name, target, "uas.commands")


@pytest.fixture
def catalogue() -> Catalogue:
    names = ("echo", "interrupt", "refuse", "miss", "not_a_command")
    points = {name: _point(name, f"{__name__}:{name}") for name in names}
    points["gone"] = _point("gone", "module_that_is_not_there:command")
    return Catalogue(points)


def test_a_command_runs_with_its_arguments(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["echo", "hé", "--loudness", "3"], catalogue) == 0
    out, err = capsys.readouterr()
    assert out == '{\n  "word": "hé",\n  "loudness": 3\n}\n'
    assert err == "listening\n"
