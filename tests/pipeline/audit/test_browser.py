"""The page in Chromium, opened from a file, by keys alone."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from audited import HOSTILE, judged, write_judged

from uas_pipeline.audit.judgements import Judgement, read_judgements
from uas_pipeline.audit.sample import Sample

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
Page, expect = sync_api.Page, sync_api.expect

COMMANDS = ("chromium", "chromium-browser", "google-chrome")
WAIT_MS = 120_000  # most that a busy machine may take; what is waited for ends the wait
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--autoplay-policy=user-gesture-required",
]
expect.set_options(timeout=WAIT_MS)
pytestmark = pytest.mark.slow

OpenPage = Callable[[], Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        found = str(own) if own.exists() else next(filter(None, map(shutil.which, COMMANDS)), None)
        if found is None:
            pytest.skip("needs a browser: apt install chromium, or playwright install chromium")
        with playwright.chromium.launch(executable_path=found, args=FLAGS, timeout=WAIT_MS) as one:
            yield one


@pytest.fixture
def open_page(browser: sync_api.Browser, audited: Path) -> Iterator[OpenPage]:
    """Open the page in a browser that has kept nothing; it may ask for nothing but itself."""
    contexts, wrong = [], []

    def open_page() -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        context.on("request", lambda one: allowed(one.url) or wrong.append(one.url))
        context.on("console", lambda one: wrong.append(one.text))
        context.on("weberror", lambda one: wrong.append(str(one.error)))
        page = context.new_page()
        page.goto((audited / "audit.html").as_uri())
        return page

    def allowed(url: str) -> bool:
        return url.startswith("blob:") or url == (audited / "audit.html").as_uri()

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def sample(audited: Path) -> Sample:
    return Sample.read(audited / "sample.json")


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def _name(page: Page, name: str) -> None:
    page.locator("#judge").fill(name)
    _press(page, "Enter")


def _go_to(page: Page, sample: Sample, key: str) -> None:
    for _ in range([item.key for item in sample.items].index(key)):
        _press(page, "n")


def _row(page: Page) -> str:
    """The attribute whose row has the focus."""
    row: str = page.evaluate("document.activeElement.closest('.row')?.dataset.attribute ?? ''")
    return row


def _exported(page: Page, sample: Sample, folder: Path) -> dict[str, Judgement]:
    with page.expect_download() as download:
        _press(page, "s")
    path = folder / "judgements.json"
    download.value.save_as(path)
    (file,) = read_judgements([path], sample)
    assert file.judge == "Ann"
    return {f"{one.item} {one.attribute}": one for one in file.judgements}


def test_a_clip_is_judged_by_keys_and_exported(
    open_page: OpenPage, sample: Sample, tmp_path: Path
) -> None:
    page = open_page()
    _press(page, *"Ann", "Enter")  # the name is asked for first
    _go_to(page, sample, "toy/first")
    _press(page, "1")  # transcription
    _press(page, "w", "2")  # age: wrong, the second of what is left
    _press(page, "2", "Enter")  # gender: wrong, not known what it is
    _press(page, "2", "6")  # emotion: wrong, the sixth of what is left
    _press(page, "3", "ArrowUp", "e", *"so 2", "Enter")  # prosody, with a note of letters and keys
    _press(page, "ArrowDown", "r", "c", "x")  # timbre, description, nothing to take back
    expect(page.locator("#counts")).to_contain_text("7 of 21")
    found = _exported(page, sample, tmp_path)
    assert {name.split()[1]: (one.verdict, one.correction, one.note)
            for name, one in found.items()} == {
        "transcription": ("right", None, ""),
        "age": ("wrong", "Elderly", ""),
        "gender": ("wrong", None, ""),
        "emotion": ("wrong", "Fear", ""),
        "prosody": ("cannot_tell", None, "so 2"),
        "timbre": ("right", None, ""),
        "description": ("cannot_tell", None, ""),
    }  # fmt: skip
    assert {name.split()[0] for name in found} == {"toy/first"}


def test_a_reload_goes_on_at_the_first_open_row(
    open_page: OpenPage, sample: Sample, tmp_path: Path
) -> None:
    page = open_page()
    _name(page, "Ann")
    asked = page.locator(".row").count()
    _press(page, *("r" * asked), "Enter", "r")
    expect(page.locator("#place")).to_have_text("Clip 2 of 3")
    second = page.locator(".row").nth(1).get_attribute("data-attribute")
    page.reload()
    expect(page.locator("#judge")).to_have_value("Ann")
    expect(page.locator("#place")).to_have_text("Clip 2 of 3")
    assert _row(page) == second
    _press(page, "c")
    found = _exported(page, sample, tmp_path)
    assert len(found) == asked + 2
    assert found[f"{sample.items[1].key} {second}"].verdict == "cannot_tell"


def test_each_judge_goes_on_where_they_were(open_page: OpenPage) -> None:
    page = open_page()
    _name(page, "Ann")
    _press(page, *("r" * page.locator(".row").count()))
    _name(page, "Ben")
    expect(page.locator("#place")).to_have_text("Clip 1 of 3")
    expect(page.locator("#counts")).to_have_text("0 of 3 clips, 0 of 21 judgements")
    assert _row(page) == page.locator(".row").first.get_attribute("data-attribute")
    _name(page, "Ann")
    expect(page.locator("#place")).to_have_text("Clip 2 of 3")
    _press(page, "b", "2")
    assert _row(page) == page.locator(".row").first.get_attribute("data-attribute")


def test_a_mouse_works_too(open_page: OpenPage, sample: Sample, tmp_path: Path) -> None:
    page = open_page()
    _name(page, "Ann")
    _go_to(page, sample, "toy/first")
    for attribute, verdict in (("age", "wrong"), ("prosody", "right"), ("gender", "cannot_tell")):
        page.locator(f'[data-attribute="{attribute}"] [data-verdict="{verdict}"]').click()
    page.locator('[data-attribute="age"] .value').click()
    page.locator('[data-choice="Child"]').click()
    page.locator("#autoplay").uncheck()
    found = _exported(page, sample, tmp_path)
    assert {one.attribute: (one.verdict, one.correction) for one in found.values()} == {
        "age": ("wrong", "Child"), "gender": ("cannot_tell", None), "prosody": ("right", None)
    }  # fmt: skip


def test_nothing_is_judged_without_a_name(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#clip").click(position={"x": 5, "y": 5})
    _press(page, "r")
    assert page.evaluate("document.activeElement.id") == "judge"
    expect(page.locator("#counts")).to_have_text("0 of 3 clips, 0 of 21 judgements")


def test_strangers_text_is_only_text(open_page: OpenPage, sample: Sample) -> None:
    page = open_page()
    _name(page, HOSTILE)
    _go_to(page, sample, f"toy/{HOSTILE}")
    assert page.locator('[data-attribute="transcription"] .value').text_content() == HOSTILE
    assert HOSTILE in str(page.locator('[data-attribute="discreteEvents"] .value').text_content())
    assert page.locator("img").count() == 0
    assert page.evaluate("window.hacked") is None


# Not wait_for_function: it evaluates text again and again, which the page's policy forbids.
PLAYED = """
new Promise((done) => {
  const look = () => audio.currentTime > 0 ? done() : requestAnimationFrame(look);
  const audio = document.getElementById("audio");
  look();
})
"""


def test_the_sound_is_heard(open_page: OpenPage) -> None:
    page = open_page()
    _name(page, "Ann")
    _press(page, "Space")
    page.evaluate(PLAYED)
    assert page.evaluate("document.getElementById('audio').duration") == pytest.approx(1, abs=0.05)
    expect(page.locator("#time")).to_contain_text("1.0 s")


def test_an_export_is_taken_in_elsewhere(
    open_page: OpenPage, sample: Sample, tmp_path: Path
) -> None:
    page = open_page()
    _name(page, "Ann")
    _press(page, "r", "c")
    _exported(page, sample, tmp_path)
    other = open_page()
    other.locator("#file").set_input_files(tmp_path / "judgements.json")
    expect(other.locator("#status")).to_have_text("2 judgements of Ann are here.")
    expect(other.locator("#counts")).to_have_text("0 of 3 clips, 2 of 21 judgements")
    wrong = write_judged(tmp_path / "wrong.json", judged("other", "Ann", []))
    other.locator("#file").set_input_files(wrong)
    expect(other.locator("#status")).to_have_text(
        "wrong.json cannot be imported: it is about another sample."
    )
