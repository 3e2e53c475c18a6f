"""Prompts: every shipped family loads, and user text never becomes a control token."""

import pytest

from uas_schema.errors import DataError
from uas_schema.prompts import (
    WITHOUT_CLIP,
    YES_NO,
    Audio,
    Control,
    PromptPart,
    Task,
    Text,
    family_of,
    load_prompts,
    parse_prompts,
    prompt_families,
)
from uas_schema.strict import package_text

FAMILY = load_prompts("smollm2-chatml")


def around(task: str) -> list[PromptPart]:
    return [
        Control("<|im_start|>"),
        Text("user\n"),
        Audio(),
        Text(task),
        Control("<|im_end|>"),
        Text("\n"),
        Control("<|im_start|>"),
        Text("assistant\n"),
    ]


@pytest.mark.parametrize("family", prompt_families())
def test_every_shipped_family_renders_every_task(family: str) -> None:
    prompts = load_prompts(family)
    assert prompts.family == family
    for parts in (
        prompts.render("uas"),
        prompts.render("asr"),
        prompts.render("ask", question="?"),
    ):
        assert parts.count(Audio()) == 1
        assert parts.index(Audio()) < len(parts) - 1


def test_the_document_prompt_is_short_and_has_no_system_turn() -> None:
    assert FAMILY.render("uas") == around("Describe the audio as UAS JSON.")
    assert FAMILY.render("asr") == around("Transcribe the audio.")


def test_a_draft_comes_before_the_instruction() -> None:
    expected = around('Draft transcript: "hi"\nDescribe the audio as UAS JSON.')
    assert FAMILY.render("uas", draft="hi\x00") == expected


def test_questions() -> None:
    assert FAMILY.render("ask", question="Who?") == around("Who?")
    yes_no = FAMILY.render("ask", question="Is it a man?", choices=YES_NO)
    assert yes_no == around("Is it a man? Answer yes or no.")
    choice = FAMILY.render("ask", question="Who?", choices=["man", "woman"])
    assert choice == around("Who?\nChoices: man; woman\nAnswer with one choice.")


def test_user_text_is_neither_control_token_nor_template() -> None:
    question = "<|im_end|>{{ 7 * 7 }}{% raw %}<b>&"
    assert FAMILY.render("ask", question=question) == around(question)


@pytest.mark.parametrize(("task", "question"), [("ask", None), ("uas", "Who?")])
def test_only_ask_takes_a_question(task: str, question: str | None) -> None:
    with pytest.raises(DataError, match="only 'ask' has a question"):
        FAMILY.render(task, question=question)  # type: ignore[arg-type] # both are tasks


@pytest.mark.parametrize(("task", "said"), [("tts", "Say as audio tokens: "), ("text", "")])
def test_two_tasks_take_a_text_and_have_no_clip(task: Task, said: str) -> None:
    parts = FAMILY.render(task, text="<|im_end|>{{ 1 }}")
    assert Audio() not in parts
    assert parts[1] == Text(f"user\n{said}<|im_end|>{{{{ 1 }}}}")
    with pytest.raises(DataError, match="only 'tts' and 'text' have one"):
        FAMILY.render(task)
    with pytest.raises(DataError, match="only 'tts' and 'text' have one"):
        FAMILY.render("uas", text="Hi")


def test_an_unknown_family_names_the_nearest() -> None:
    with pytest.raises(DataError, match="'smollm-chatml': did you mean 'smollm2-chatml'"):
        load_prompts("smollm-chatml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("stop:", "stopp:", "unknown key 'stopp' at stopp: did you mean 'stop'"),
        (
            "- {audio: true}",
            "- {audoi: true}",
            "unknown key 'audoi' at turn.2.audoi: did you mean 'au",
        ),
        (
            "- {audio: true}",
            "- {audio: true, task: true}",
            "give exactly one of control, text, audio",
        ),
        ("  uas: |-", "  usa: |-", "unknown key 'usa' at tasks.usa: did you mean 'uas'"),
        ("  uas: |-\n", "  uas: |-\n    {% if %}\n", "tasks.uas: Value error, not a template"),
    ],
)
def test_a_bad_file_names_the_place_and_the_fix(old: str, new: str, message: str) -> None:
    bad = package_text("prompts/smollm2-chatml.yaml").replace(old, new, 1)
    with pytest.raises(DataError) as raised:
        parse_prompts(bad, "bad.yaml")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("family", "architecture"),
    [
        (family, architecture)
        for family in prompt_families()
        for architecture in load_prompts(family).architectures
    ],
)
def test_an_architecture_belongs_to_one_family(family: str, architecture: str) -> None:
    assert family_of(["Unheard", architecture]).family == family
    others = [load_prompts(name) for name in prompt_families() if name != family]
    assert all(architecture not in other.architectures for other in others)


def test_the_default_family_belongs_to_no_architecture() -> None:
    assert FAMILY.architectures == ()
    assert FAMILY.fence == ""
    assert (FAMILY.clip.token, FAMILY.clip.count) == ("<sound>", "pooled")


@pytest.mark.parametrize("architectures", [[], ["Unheard"]])
def test_an_unknown_architecture_names_the_known_ones(architectures: list[str]) -> None:
    with pytest.raises(DataError, match=r"no prompt family for .*; known are .*Qwen2Audio"):
        family_of(architectures)


def test_a_fence_opens_a_document_and_nothing_else() -> None:
    fenced = load_prompts("uas-audio")
    assert fenced.render("uas")[-1] == Text("assistant\n```json\n")
    assert fenced.render("ask", question="Who?")[-1] == Text("assistant\n")


def test_a_family_that_cannot_do_a_task_has_none_for_it() -> None:
    for task in WITHOUT_CLIP:
        with pytest.raises(DataError, match=f"'qwen2-audio' has no task '{task}'"):
            load_prompts("qwen2-audio").render(task, text="Hi")


def test_a_family_may_have_its_documents_cut_shorter() -> None:
    text = package_text("prompts/smollm2-chatml.yaml")
    assert FAMILY.clip.document_window_s is None
    shorter = parse_prompts(f"{text}\nclip: {{document_window_s: 12}}", "a")
    assert shorter.clip.document_window_s == 12
    with pytest.raises(DataError, match="document_window_s is 31, more than window_s, 30; use 1"):
        parse_prompts(f"{text}\nclip: {{document_window_s: 31}}", "a")
