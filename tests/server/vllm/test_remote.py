"""The remote engine over vLLM's own server, on the shipped model. Run by `make test-vllm`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
from vllm_server import remote_over_vllm, vllm_server

from uas_model.audio_tokens import audio_token_count
from uas_model.cache import models_dir
from uas_model.checkpoint import Checkpoint
from uas_schema.document import UasDocument
from uas_schema.prompts import load_prompts
from uas_schema.skeleton import voice_skeleton
from uas_server.engine.protocol import Choice, Final, GenerateRequest

pytestmark = [pytest.mark.vllm, pytest.mark.model, pytest.mark.slow]

HELLO = Path(__file__).parents[3] / "examples" / "hello.flac"
FOLDER = models_dir() / "uas-audio-tiny"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if not FOLDER.exists():
        pytest.skip("uas-audio-tiny is not built; run: uas model build uas-audio-tiny")
    with vllm_server(FOLDER) as base:
        yield base


async def test_documents_and_choices_come_with_their_probabilities(url: str) -> None:
    clip, _ = soundfile.read(HELLO, dtype="float32")
    tokens = Checkpoint.open(FOLDER, verify=False).tokenizer
    prompt = load_prompts("smollm2-chatml").render("uas")
    ids = tuple(tokens.encode_prompt(prompt, audio_token_count(len(clip))))
    engine = remote_over_vllm(FOLDER, url)

    async def run(constraint: object) -> Final:
        request = GenerateRequest("r", ids, (clip,), constraint=constraint, want_probs=True)  # type: ignore[arg-type]
        *_, final = [event async for event in engine.generate(request)]
        assert isinstance(final, Final)
        assert final.finish == "stop"
        return final

    await engine.start()
    try:
        document = await run(voice_skeleton())
        assert UasDocument.parse(document.text).has_voice
        assert document.slot_probs is not None
        assert len(document.slot_probs) == 3
        for texts in (("é", "è", "你"), ("a dog", "a dog barking", "a cat"), ("null", '"')):
            final = await run(Choice(texts))
            assert final.slot_probs is not None
            probabilities = final.slot_probs["choice"]
            assert sum(probabilities.values()) == pytest.approx(1)
            assert probabilities[final.text] == max(probabilities.values())
        assert engine.strays.count == 0
    finally:
        await engine.close()
