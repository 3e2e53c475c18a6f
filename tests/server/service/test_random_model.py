"""The service around the local engine on a random model: valid at any budget, whoever leaves."""

import pytest
from many_documents import answers_again, random_checkpoint, write_many

from uas_server.opening import opened_model
from uas_server.settings import Settings


@pytest.mark.slow
async def test_documents_stay_valid_while_callers_leave(tmp_path, proving, evidence) -> None:
    count = proving(50, 2_000)
    model = opened_model(Settings(model=str(random_checkpoint(tmp_path / "random"))))
    await model.engine.start()
    try:
        seen = await write_many(model, count)
        assert await answers_again(model.engine, model)
    finally:
        await model.engine.close()
    assert min(seen["whole"], seen["truncated"], seen["left"]) > 0
    evidence("Guarantee", {"engine": "local", "documents": count, "not valid": 0, **seen})
