"""A transcription alone is the one that the whole document has, whatever the budget."""

import numpy as np
import pytest
from talking import speaking

from uas_schema.skeleton import TRANSCRIPTION
from uas_server.engine.fake import FakeEngine, legal_reply
from uas_server.service.describe import Plan
from uas_server.service.envelope import FieldPayload
from uas_server.service.job import Job
from uas_server.service.join import PlanResult
from uas_server.service.model import ServedModel
from uas_server.service.plan import describe_clip, transcribe_clip

CLIP = np.zeros(3200, np.float32)


async def last_two(plan: Plan, model: ServedModel, budget: int) -> list:
    job = Job("job", CLIP, max_tokens=budget)
    return [event async for event in plan(model, job)][-2:]


@pytest.mark.parametrize("script", [speaking, legal_reply])
@pytest.mark.parametrize("use", ["forced", "prompt", "none"])
async def test_it_is_the_transcription_of_the_document(model_of, script, use):
    engine = FakeEngine(script)
    model = model_of(engine, draft='he said "né"', wants_draft=use)
    await engine.start()
    for budget in [*range(1, 50), 4000]:
        _, whole = await last_two(describe_clip, model, budget)
        asked = len(engine.requests)
        field, alone = await last_two(transcribe_clip, model, budget)
        assert isinstance(whole, PlanResult)
        assert isinstance(alone, PlanResult)
        transcription = whole.document.transcription
        assert alone.document.transcription == transcription
        assert field == FieldPayload(path=TRANSCRIPTION, value=transcription)
        is_cut = TRANSCRIPTION in whole.incomplete
        assert alone.incomplete == ((TRANSCRIPTION,) if is_cut else ())
        assert sum(alone.failures.values()) == is_cut
        written = script is speaking and use != "forced"
        assert len(engine.requests) - asked <= 1 + written
