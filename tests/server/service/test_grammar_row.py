"""Whatever a model's scores are and wherever the budget ends: a valid, closed document."""

import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_checkpoint import tiny_tokens

from uas_model.cache import models_dir
from uas_model.checkpoint import Checkpoint, CheckpointInfo
from uas_model.draft import FixedDrafter
from uas_model.runner.adversary import AdversarialModel
from uas_model.runner.writer import Vocabulary
from uas_model.tokens import TextTokens
from uas_schema.document import UasDocument
from uas_schema.grammar import document_regex
from uas_schema.rules import check
from uas_server.engine.adversarial import adversarial
from uas_server.engine.fake import FakeEngine
from uas_server.engine.local import LocalEngine
from uas_server.engine.worker import LoadCheckpoint
from uas_server.service.envelope import DeltaPayload
from uas_server.service.job import Job
from uas_server.service.join import PlanResult
from uas_server.service.model import ServedModel
from uas_server.service.plan import describe_clip
from uas_server.service.settle import FIELDS

LONGEST_BUDGET = 512
NASTY = (
    '"',
    "\\",
    "\n",
    "\t",
    "\x00",
    "\x9f",
    "é",
    "你",
    "😀",
    " ",
    "a",
    "7",
    "null",
    '"}]',
    "<|im_end|>",
)
CLIP = np.zeros(1600, np.float32)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> TextTokens:
    folder: Path = tmp_path_factory.mktemp("tiny")
    return tiny_tokens(folder)


@pytest.fixture(scope="module")
def vocabulary(tokens: TextTokens) -> Vocabulary:
    return Vocabulary(tokens, len(tokens))


def served(tokens: TextTokens, engine: FakeEngine, draft: str, use: str) -> ServedModel:
    info = CheckpointInfo("worst", "smollm2-chatml", use, None, ("en",), "none", 30)  # type: ignore[arg-type]
    return ServedModel(info=info, tokens=tokens, engine=engine, drafter=FixedDrafter(draft))


async def decode(
    model: ServedModel, budget: int, samples: NDArray[np.float32] = CLIP
) -> tuple[str, list[str], PlanResult]:
    text, paths = "", []
    async for event in describe_clip(model, Job("job", samples, budget)):
        if isinstance(event, DeltaPayload):
            text += event.text
        elif isinstance(event, PlanResult):
            return text, paths, event
        else:
            paths.append(event.path)
    raise AssertionError("no result")


async def test_every_generation_is_a_closed_valid_document(
    tokens, vocabulary, proving, evidence
) -> None:
    count = proving(LONGEST_BUDGET, 10_000)
    legal = re.compile(document_regex())
    seen: Counter[str] = Counter()
    for number in range(count):
        chance = random.Random(number)
        budget = 1 + number % LONGEST_BUDGET
        draft = "".join(chance.choices(NASTY, k=chance.randint(0, 40)))
        use = chance.choice(("forced", "prompt", "none"))
        engine = FakeEngine(adversarial(AdversarialModel(vocabulary, number)))
        await engine.start()
        text, paths, result = await decode(served(tokens, engine, draft, use), budget)

        assert text == result.document.canonical()
        assert UasDocument.parse(text) == result.document
        assert paths == list(FIELDS)
        assert result.failures["unparseable"] == 0
        was_cut = result.failures["closed_at_budget"] > 0
        assert was_cut == bool(result.incomplete)
        if not was_cut:
            assert legal.fullmatch(text)
        faults = check(result.document, waived=result.incomplete)
        assert result.failures["rule_broken"] == 0 == len(faults)
        last = engine.requests[-1]
        assert engine.requests[0].max_tokens <= 2
        assert len(engine.requests) == 1 or len(last.prefill_ids) + last.max_tokens == budget
        seen["truncated" if was_cut else "whole"] += 1
        seen["voice" if result.document.has_voice else "no voice"] += 1
        seen["mended"] += result.failures["mended"] > 0
    assert min(seen["truncated"], seen["whole"], seen["voice"], seen["no voice"]) > count // 50
    evidence("Grammar", {"generations": count, "not valid or not closed": 0, **seen})


@pytest.mark.model
@pytest.mark.slow
async def test_the_shipped_model_writes_closed_valid_documents(proving, evidence) -> None:
    """Noise, hum and silence at budgets from 1 to 512, with drafts that try to break out."""
    folder = models_dir() / "uas-audio-tiny"
    if not folder.exists():
        pytest.skip("uas-audio-tiny is not built; run: uas model build uas-audio-tiny")
    checkpoint = Checkpoint.open(folder)
    engine = LocalEngine(LoadCheckpoint(folder))
    await engine.start()
    seen: Counter[str] = Counter()
    count = proving(8, 200)
    try:
        for number in range(count):
            random_numbers = np.random.default_rng(number)
            samples = random_numbers.normal(0, 0.3, 8000 + 80 * number).astype(np.float32)
            drafter = FixedDrafter("".join(random_numbers.choice(NASTY, number % 30)))
            model = ServedModel(checkpoint.info, checkpoint.tokenizer, engine, drafter)
            budget = 1 + (number * 67) % LONGEST_BUDGET
            text, paths, result = await decode(model, budget, samples)
            assert UasDocument.parse(text) == result.document
            assert paths == list(FIELDS)
            assert result.failures["unparseable"] == result.failures["rule_broken"] == 0
            seen["truncated" if result.incomplete else "whole"] += 1
    finally:
        await engine.close()
    evidence("Grammar", {"generations": count, "not valid or not closed": 0, **seen})
