"""A key is made, written as one line, and read back; what does not fit is named, never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_cli.command import CommandError, ExitCode
from uas_cli.main import parser_of
from uas_server import keys_command
from uas_server.keys.entry import ApiKey, KeysError, digest_of, new_key, parse_keys
from uas_server.keys.ring import KeyRing
from uas_server.keys.scopes import INFERENCE, SCOPES

HASH = "0" * 64


@given(
    st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
    st.lists(st.sampled_from(SCOPES), min_size=1, unique=True),
    st.none() | st.integers(1, 1000),
    st.none() | st.integers(1, 1000),
)
def test_a_line_reads_back_as_its_key(name, scopes, rate, concurrency):
    key = ApiKey(
        name=name,
        sha256=digest_of(b"k").hex(),
        scopes=scopes,
        requests_per_minute=rate,
        concurrency=concurrency,
    )
    assert parse_keys(key.line()) == (key,)


def test_new_keys_are_long_random_and_plain():
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) == 47 and key.isascii() for key in keys)


def test_scopes_default_to_all_inference():
    assert parse_keys(f"- {{name: a, sha256: '{HASH}'}}")[0].scopes == INFERENCE
    assert "metrics" not in INFERENCE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no list of keys"),
        ("keys: []", "no list of keys"),
        ("- {", "not YAML"),
        ("- secret", "key 1: entry: "),
        (f"- {{name: a, sha256: '{HASH}', scops: [ask]}}", "key 1: unknown 'scops'.*'scopes'"),
        (f"- {{name: a, sha256: '{HASH}', scopes: [secret]}}", r"key 1: scopes.0: .*'describe'"),
        (f"- {{name: a, sha256: '{HASH}', scopes: []}}", "key 1: scopes: "),
        (f"- {{name: a, sha256: '{HASH}', concurrency: 0}}", "key 1: concurrency: "),
        ("- {name: a, sha256: uas_secret}", "key 1: sha256: "),
        (f"- {{name: a b, sha256: '{HASH}'}}", "key 1: name: "),
        (f"- {{name: a, sha256: '{HASH}'}}\n" * 2, "key 2: name is that of an earlier key"),
        (
            f"- {{name: a, sha256: '{HASH}'}}\n- {{name: b, sha256: '{HASH}'}}",
            "key 2: sha256 is that",
        ),
    ],
)
def test_what_does_not_fit_is_named_and_not_shown(text, message):
    with pytest.raises(KeysError, match=message) as caught:
        parse_keys(text)
    assert "secret" not in str(caught.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(KeysError, match="cannot read keys_file: No such file"):
        KeyRing(file=tmp_path / "nowhere")


def run(*words: str) -> int:
    command = keys_command.command
    return command.run(parser_of(command).parse_args(words))


def test_the_command_prints_a_line_whose_key_opens(capsys, tmp_path):
    file = tmp_path / "keys.yaml"
    words = ("--scope", "ask", "--scope", "metrics", "--requests-per-minute", "60")
    assert run("new", "--name", "app", *words, "--concurrency", "4") == ExitCode.OK
    out, err = capsys.readouterr()
    file.write_text(out)
    key = err.split()[-1]
    assert key not in out
    use = KeyRing(file=file).find(key.encode())
    assert use is not None
    assert (use.key.name, use.key.scopes) == ("app", ("ask", "metrics"))
    assert (use.key.requests_per_minute, use.key.concurrency) == (60, 4)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--scope", "everything"), "scopes.0: .*not 'everything'"),
        (("--concurrency", "0"), "concurrency: .*not 0"),
    ],
)
def test_the_command_names_what_does_not_fit(words, message):
    with pytest.raises(CommandError, match=message) as caught:
        run("new", "--name", "app", *words)
    assert caught.value.exit_code == ExitCode.USAGE
