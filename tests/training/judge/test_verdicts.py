"""Verdicts: which replies count, what is kept and asked again, who is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scripted_endpoint import Answer, Endpoint, completion, scripted_endpoint

from uas_schema.errors import DataError
from uas_training.config import ConfigError
from uas_training.evaluation.bench.progress import Silent
from uas_training.evaluation.bench.replies import GIVE_UP_AFTER
from uas_training.evaluation.judge.prompt import load_prompt
from uas_training.evaluation.judge.questions import Question
from uas_training.evaluation.judge.verdicts import ChatJudge, Verdict, judge_all, read_score


def questions(*said: str) -> list[Question]:
    return [
        Question(f"clip-{n}", "accent", "British English", text, f"speaker-{n}", 0.5, None)
        for n, text in enumerate(said)
    ]


def judged(
    endpoint: Endpoint,
    asked: list[Question],
    path: Path,
    name: str = "referee",
    sleep: Callable[[float], None] = lambda _: None,
) -> list[Verdict]:
    with httpx.Client(base_url=endpoint.url) as client:
        judge = ChatJudge(client, name, load_prompt(), sleep)
        return judge_all(judge, asked, path, Silent())


@settings(max_examples=300)
@given(st.text() | st.from_regex(r"[ \t\r\n]*-?[0-9٣²]{1,3}[./ ]?[0-9]{0,2}\s*"))
@example("10")
@example(" 7\n")
def test_a_score_is_read_from_one_integer_and_from_nothing_else(reply: str) -> None:
    score = read_score(reply)
    plain = reply.strip(" \t\r\n")
    assert score == (int(plain) if plain in {str(n) for n in range(11)} else None)


@pytest.mark.parametrize("reply", ["", "11", "-1", "07", "7/10", "7.0", "Score: 7", "٣", "7 8"])
def test_other_replies_are_unread(reply: str) -> None:
    assert read_score(reply) is None


def test_the_judge_gets_one_turn_at_temperature_zero(tmp_path: Path) -> None:
    with scripted_endpoint(completion("7")) as endpoint:
        (verdict,) = judged(endpoint, questions("Scottish English"), tmp_path / "judge.jsonl")
    assert (verdict.score, verdict.error, verdict.reply) == (7, None, None)
    body = endpoint.json()
    assert (body["model"], body["temperature"]) == ("referee", 0)
    ((role, content),) = [(turn["role"], turn["content"]) for turn in body["messages"]]
    assert role == "user"
    assert 'TRUE: "British English"\nWRITTEN: "Scottish English"\n' in content
    assert endpoint.asked[0][1] == "/v1/chat/completions"


def test_an_unread_reply_is_no_score_and_is_kept_short(tmp_path: Path) -> None:
    path = tmp_path / "judge.jsonl"
    with scripted_endpoint(completion("I think 7. " * 1000)) as endpoint:
        (verdict,) = judged(endpoint, questions("a"), path)
        judged(endpoint, questions("a"), path)
    assert (verdict.score, verdict.error) == (None, None)
    assert verdict.reply is not None
    assert len(verdict.reply) == 200
    assert len(endpoint.asked) == 1


def test_the_same_texts_are_judged_once(tmp_path: Path) -> None:
    path = tmp_path / "judge.jsonl"
    with scripted_endpoint(completion("3"), completion("4")) as endpoint:
        found = judged(endpoint, questions("a", "b", "a"), path)
    assert [(verdict.id, verdict.score) for verdict in found] == [
        ("clip-0", 3), ("clip-1", 4), ("clip-2", 3),
    ]  # fmt: skip
    assert len(endpoint.asked) == 2
    assert found[2].seconds == 0
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3


@settings(deadline=None, max_examples=15)
@given(cut=st.integers(0, 200))
def test_a_run_that_was_killed_inside_a_line_goes_on(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("judge") / "judge.jsonl"
    with scripted_endpoint(completion("3")) as endpoint:
        judged(endpoint, questions("a", "süß \u2028"), path)
        whole = path.read_bytes()
        end = whole.index(b"\n") + 1 + cut
        path.write_bytes(whole[:end])
        found = judged(endpoint, questions("a", "süß \u2028", "c"), path)
    assert [verdict.score for verdict in found] == [3, 3, 3]
    assert len(endpoint.asked) == 3 + (end < len(whole) - 1)
    with scripted_endpoint(completion("9")) as later:
        assert judged(later, questions("a", "süß \u2028", "c"), path) == found
    assert later.asked == []


def test_another_judge_or_prompt_is_refused_and_nothing_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "judge.jsonl"
    with scripted_endpoint(completion("3")) as endpoint:
        judged(endpoint, questions("a"), path)
        kept = path.read_bytes()
        with pytest.raises(
            ConfigError, match=r"'referee' by prompt 1-\w{8}, and 'other' by .*outp"
        ):
            judged(endpoint, questions("a"), path, "other")
        with httpx.Client(base_url=endpoint.url) as client:
            reworded = load_prompt().replace(text="{{ what }} {{ truth }} {{ said }}")
            with pytest.raises(ConfigError, match="is asked; give another --output"):
                judge_all(ChatJudge(client, "referee", reworded), questions("a"), path, Silent())
    assert len(endpoint.asked) == 1
    assert path.read_bytes() == kept


def test_a_failure_is_asked_again_even_of_another_judge(tmp_path: Path) -> None:
    path = tmp_path / "judge.jsonl"
    with scripted_endpoint(Answer(b"CANARY", 400), completion("3")) as endpoint:
        first = judged(endpoint, questions("a", "b"), path)
        assert [verdict.error for verdict in first] == ["HTTP 400", None]
        assert [verdict.score for verdict in judged(endpoint, questions("a", "b"), path)] == [3, 3]
    assert len(endpoint.asked) == 3
    assert "CANARY" not in path.read_text(encoding="utf-8")


def test_a_busy_judge_is_waited_for(tmp_path: Path) -> None:
    waits: list[float] = []
    busy = Answer(b"", 429, {"retry-after": "7"})
    with scripted_endpoint(busy, Answer(b"", 503), completion("3")) as endpoint:
        judged(endpoint, questions("a"), tmp_path / "judge.jsonl", sleep=waits.append)
    assert waits == [7.0, 4.0]


@pytest.mark.parametrize("count", [1, 3, GIVE_UP_AFTER + 5])
def test_a_judge_that_never_answers_ends_the_run(tmp_path: Path, count: int) -> None:
    path = tmp_path / "judge.jsonl"
    with (
        scripted_endpoint(Answer(b"CANARY of the endpoint", 401)) as endpoint,
        pytest.raises(ConfigError) as refused,
    ):
        judged(endpoint, questions(*(str(n) for n in range(count))), path, "misspelt")
    asked = min(count, GIVE_UP_AFTER)
    assert len(endpoint.asked) == asked
    assert f"{asked} questions in a row have no verdict (HTTP 401); check" in str(refused.value)
    assert "UAS_API_KEY" in str(refused.value)
    assert "CANARY" not in str(refused.value)
    with scripted_endpoint(completion("3")) as endpoint:  # failures bind nobody to a judge
        assert judged(endpoint, questions("0"), path)[0].score == 3


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "judge.jsonl"
    path.write_text(json.dumps({"id": "CANARY"}) + "\n", encoding="utf-8")
    with (
        scripted_endpoint(completion("3")) as endpoint,
        pytest.raises(DataError, match=r"^judge.jsonl holds what is no verdict; give another"),
    ):
        judged(endpoint, questions("a"), path)
    assert endpoint.asked == []
