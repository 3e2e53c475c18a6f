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


def test_help_lists_every_command_even_one_that_cannot_be_imported(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--help"], catalogue) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  echo           say a word again" in lines
    assert "  gone           (not usable: No module named 'module_that_is_not_there')" in lines


def test_no_command_at_all_shows_the_help_and_is_a_usage_error(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], catalogue) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "commands:" in err


def test_help_of_a_command_shows_its_examples(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["echo", "--help"], catalogue)
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: uas echo ")
    assert "Say a word again." in text
    assert "examples:\n  uas echo hello" in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("ehco", "uas: there is no command 'ehco'; did you mean 'echo'?\n"),
        ("zzzzz", "uas: there is no command 'zzzzz'; see uas --help\n"),
    ],
)
def test_a_mistyped_command_is_answered_with_the_nearest(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str], typed: str, said: str
) -> None:
    assert main([typed], catalogue) == 2
    assert capsys.readouterr().err == said


def test_a_mistyped_option_is_answered_with_the_nearest(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["echo", "hello", "--loudnes=3"], catalogue)
    assert ended.value.code == 2
    expected = "unrecognized arguments: --loudnes=3; did you mean --loudness?"
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("interrupt", 130, "uas: interrupted\n"),
        ("refuse", 3, "uas: the checkpoint is pickled; use safetensors\n"),
        ("not_a_command", 1, "uas: tests.cli.test_main:not_a_command, registered as"),
        ("gone", 1, "uas: the module 'module_that_is_not_there' is not installed"),
        ("miss", 1, "uas: the module 'soundfile_that_nobody_has' is not installed, and no extra"),
    ],
)
def test_every_end_has_its_exit_code_and_one_line(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str], name: str, code: int, said: str
) -> None:
    assert main([name], catalogue) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert err.count("\n") == 1


def test_version_is_one_line(catalogue: Catalogue, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"], catalogue) == 0
    assert capsys.readouterr().out.startswith("uas ")
