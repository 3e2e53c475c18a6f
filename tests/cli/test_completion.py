"""Completion scripts, run by the shells themselves where those are installed."""

import argparse
import shutil
import subprocess
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from uas_cli.catalogue import Catalogue
from uas_cli.command import Command
from uas_cli.completion import SHELLS, places, script


def _add_loudness(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--loudness", help="how loud it's said, in %% of full")
    parser.add_argument("tone", choices=("high", "low"))


def _add_parts(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers()
    _add_loudness(parts.add_parser("song", help="sing"))
    parts.add_parser("verse", help="recite")


speak = Command("speak", "say something", _add_loudness, lambda _: 0)
perform = Command("perform", "go on stage", _add_parts, lambda _: 0)


@pytest.fixture
def catalogue() -> Catalogue:
    points = {
        name: EntryPoint(name, f"{__name__}:{name}", "uas.commands")
        for name in ("speak", "perform")
    }
    points["gone"] = EntryPoint("gone", "module_that_is_not_there:command", "uas.commands")
    return Catalogue(points)


def test_places_follow_commands_and_their_parts(catalogue: Catalogue) -> None:
    words = {place.path: [word.text for word in place.words] for place in places(catalogue)}
    assert words == {
        (): ["gone", "perform", "speak", "--help", "--version"],
        ("perform",): ["--help", "song", "verse"],
        ("perform", "song"): ["--help", "--loudness", "high", "low"],
        ("perform", "verse"): ["--help"],
        ("speak",): ["--help", "--loudness", "high", "low"],
    }


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("uas ''", "gone perform speak --help --version"),
        ("uas pe", "perform"),
        ("uas perform so", "song"),
        ("uas perform song --lou", "--loudness"),
        ("uas speak --loudness 3 l", "low"),
        ("uas speak xyz", ""),
    ],
)
def test_bash_offers_what_fits(catalogue: Catalogue, typed: str, offered: str) -> None:
    question = (
        f"{script('bash', catalogue)}\n"
        f"COMP_WORDS=({typed}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))\n"
        '_uas; echo "${COMPREPLY[*]}"'
    )
    answer = subprocess.run(  # noqa: S603
        ["bash", "-uo", "pipefail", "-c", question],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == offered


def test_fish_describes_each_word_where_it_belongs(catalogue: Catalogue) -> None:
    lines = script("fish", catalogue).splitlines()
    assert "complete -c uas -n '__fish_use_subcommand' -a speak -d 'say something'" in lines
    assert (
        "complete -c uas -n '__fish_seen_subcommand_from perform; "
        "and __fish_seen_subcommand_from song' -l loudness -d 'how loud it\\'s said, in % of full'"
    ) in lines


@pytest.mark.parametrize("shell", [shell for shell in SHELLS if shutil.which(shell)])
def test_each_shell_reads_its_script(catalogue: Catalogue, shell: str, tmp_path: Path) -> None:
    place = tmp_path / "script"
    place.write_text(script(shell, catalogue), encoding="utf-8")
    subprocess.run([shell, "-n", str(place)], check=True)  # noqa: S603
