"""`uas pipeline audit sample`: one page that holds everything and lets nothing in or out."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from audited import HOSTILE, silent, voiced, write_corpus
from hypothesis import given
from hypothesis import strategies as st

from uas_cli.command import CommandError, ExitCode
from uas_pipeline.audit.clips import page_clips, peaks_of
from uas_pipeline.audit.sample import Sample
from uas_pipeline.errors import ConfigError
from uas_schema.records import Record

RunPipeline = Callable[..., int]
PACKAGE_DATA = files("uas_pipeline.audit").joinpath("data")
MANY = [voiced(f"clip {number}", labels=["bell"] * (number % 2)) for number in range(12)]


def _draw(run: RunPipeline, folder: Path, records: list[Record], *words: object) -> Sample:
    folder.mkdir(exist_ok=True)
    run("audit", "sample", write_corpus(folder, records), "--out", folder, *words)
    return Sample.read(folder / "sample.json")


def _data(page: str) -> dict[str, list[dict[str, object]]]:
    """What the scripts of a page read."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    read: dict[str, list[dict[str, object]]] = json.loads(found[1])
    return read


def test_a_seed_decides_what_is_drawn(run_pipeline: RunPipeline, tmp_path: Path) -> None:
    again = [_draw(run_pipeline, tmp_path / name, MANY, "--count", 5) for name in ("a", "b")]
    other = _draw(run_pipeline, tmp_path / "c", MANY, "--count", 5, "--seed", 1)
    assert len(again[0].items) == 5
    assert again[0].id == again[1].id != other.id
    assert (tmp_path / "a/audit.html").read_bytes() == (tmp_path / "b/audit.html").read_bytes()


def test_it_says_what_was_drawn(
    run_pipeline: RunPipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = _draw(run_pipeline, tmp_path, [*MANY, silent("quiet")], "--count", 400)
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert (told["records"], told["drawn"], told["sample"]) == (13, 13, sample.id)
    assert told["bytes"] == (tmp_path / "audit.html").stat().st_size
    assert {"dimension": "voice", "value": "no voice", "records": 1, "drawn": 1} in told["strata"]
    assert said.err == "13 records are fewer than 400: all are drawn\n"


def test_strangers_text_ends_no_element(audited: Path) -> None:
    page = (audited / "audit.html").read_text("utf-8")
    assert HOSTILE not in page
    assert page.count("<script") == page.count("</script>") == 2 + 3  # data, ours, three sounds
    assert "<img" not in page
    texts = [item["values"] for item in _data(page)["items"]]
    assert HOSTILE in [values["transcription"] for values in texts if isinstance(values, dict)]


def test_only_our_scripts_run_and_nothing_is_fetched(audited: Path) -> None:
    page = (audited / "audit.html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', page)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].replace("&#39;", "'").split("; "))
    for name, element in (("style-src", "<style>(.*?)</style>"),
                          ("script-src", '<script type="module">(.*?)</script>')):  # fmt: skip
        found = re.findall(element, page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
        assert (len(found), rules.pop(name)) == (1, f"'sha256-{digest}'")
    assert rules.pop("media-src") == "blob:"
    assert rules == dict.fromkeys(("default-src", "base-uri", "form-action"), "'none'")
    assert not re.search(r'https?:|\b(src|href)="', page)


def test_what_is_known_of_a_value_is_not_told(audited: Path) -> None:
    page = (audited / "audit.html").read_text("utf-8")
    assert {frozenset(item) for item in _data(page)["items"]} == {
        frozenset({"key", "corpus", "language", "licence", "duration_s", "peaks", "values"})
    }
    assert "evidence" not in page


def test_only_what_is_claimed_is_asked(audited: Path) -> None:
    page = (audited / "audit.html").read_text("utf-8")
    asked = {str(item["key"]): item["values"] for item in _data(page)["items"]}
    assert set(asked["toy/last"]) == {
        "transcription", "description", "discreteEvents", "continuousEvents"
    }  # fmt: skip
    assert "accent" not in asked["toy/first"]
    assert "emotion" not in asked[f"toy/{HOSTILE}"]


@pytest.mark.parametrize("name", ["page.css", "page.js", "rows.js", "player.js", "judgements.js"])
def test_our_own_text_ends_no_element(name: str) -> None:
    assert "</" not in PACKAGE_DATA.joinpath(name).read_text("utf-8")


@given(st.integers(480, 4000), st.floats(1e-3, 1), st.data())
def test_a_wave_is_highest_where_the_clip_is_loudest(
    length: int, loudest: float, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, length - 1))
    samples = np.zeros(length, np.float32)
    samples[place] = -loudest
    peaks = peaks_of(samples)
    assert (len(peaks), peaks.max()) == (480, 255)
    assert abs(peaks.argmax() - 480 * place / length) <= 1


def test_silence_is_drawn_flat() -> None:
    assert peaks_of(np.zeros(10, np.float32)).max() == 0


def test_a_long_clip_takes_a_few_kilobytes_a_second(
    run_pipeline: RunPipeline, tmp_path: Path
) -> None:
    _draw(run_pipeline, tmp_path / "short", [voiced("one")])
    _draw(run_pipeline, tmp_path / "long", [voiced("one", seconds=21.0)])
    sizes = [(tmp_path / name / "audit.html").stat().st_size for name in ("short", "long")]
    assert (sizes[1] - sizes[0]) / 20 < 8_000


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], r"no record in records\.jsonl: nothing can be drawn"),
        ([voiced("one"), voiced("one")], "two records are named 'toy/one': give each"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(
    run_pipeline: RunPipeline, tmp_path: Path, records: list[Record], message: str
) -> None:
    with pytest.raises(CommandError, match=message) as refused:
        _draw(run_pipeline, tmp_path, records)
    assert refused.value.exit_code == ExitCode.REFUSED
    assert not (tmp_path / "audit.html").exists()


def test_a_sound_that_is_missing_is_named(run_pipeline: RunPipeline, tmp_path: Path) -> None:
    manifest = write_corpus(tmp_path, [voiced("one")])
    (tmp_path / "toy.flac").unlink()
    with pytest.raises(CommandError, match=r"toy/one: no file .*toy\.flac: check the path"):
        run_pipeline("audit", "sample", manifest, "--out", tmp_path)


def test_a_page_that_would_be_too_large_says_how_many_fit(tmp_path: Path) -> None:
    write_corpus(tmp_path, MANY)
    located = [record.replace(audio=str(tmp_path / record.audio)) for record in MANY]
    (one,) = page_clips(located[:1], 10_000_000)
    with pytest.raises(ConfigError, match=r"the first 3 clips are more than .* draw 2 or fewer"):
        page_clips(located, 2 * len(one.audio))
