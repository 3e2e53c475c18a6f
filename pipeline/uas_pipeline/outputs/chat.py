"""Chat lines for supervised training: messages with the path of the audio.

One line for the document of a clip and one for each question. The wording of the requests is the
prompt family's, so a model is trained on what the server will ask it.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from uas_pipeline.outputs.shard import Finished, Shard
from uas_schema.prompts import YES_NO, PromptFamily, Text, load_prompts
from uas_schema.records import QaItem

FAMILY = "smollm2-chatml"


def write_chat(folder: Path, shard: Shard) -> None:
    """Write the shard's part of ``chat-<split>.jsonl``."""
    prompts = load_prompts(FAMILY)
    with (folder / f"chat-{shard.split}.jsonl").open("w", encoding="utf-8") as file:
        for item in shard.items:
            for line in _lines(item, prompts):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _lines(item: Finished, prompts: PromptFamily) -> Iterator[dict[str, object]]:
    record = item.record
    request = _text_of(prompts, None)
    yield _line(record.id, record.audio, request, record.document.canonical())
    for number, question in enumerate(record.qa, start=1):
        text = _text_of(prompts, question)
        yield _line(f"{record.id}/{number}", record.audio, text, question.answer)


def _text_of(prompts: PromptFamily, question: QaItem | None) -> str:
    """Text of the user's turn, without control tokens."""
    if question is None:
        parts = prompts.render("uas")
    else:
        choices = YES_NO if question.kind == "yes_no" else question.choices
        parts = prompts.render("ask", question=question.question, choices=choices)
    texts = [part.text for part in parts if isinstance(part, Text)]
    return texts[_TASK].strip()


_TASK = 1  # of the texts of a turn: the role, the task, the role of who answers


def _line(identity: str, audio: str, request: str, answer: str) -> dict[str, object]:
    content = [{"type": "audio", "path": audio}, {"type": "text", "text": request}]
    return {
        "id": identity,
        "messages": [
            {"role": "user", "content": content},
            {"role": "assistant", "content": [{"type": "text", "text": answer}]},
        ],
    }
