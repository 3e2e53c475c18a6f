"""A model of a few thousand weights, a byte-level vocabulary and small records for every test."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import AddedToken, Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    AudioFlamingo3Config,
    AudioFlamingo3EncoderConfig,
    AudioFlamingo3ForConditionalGeneration,
    Qwen2Config,
)

from uas_model.tokens import TextTokens
from uas_schema.document import Event, UasDocument
from uas_schema.prompts import load_prompts
from uas_schema.records import KNOWN_FIELDS, EventTime, QaItem, Record
from uas_training.config import WeightsConfig
from uas_training.data.examples import Example
from uas_training.data.sequences import Writer

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<sound>")


@pytest.fixture(scope="session")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    alphabet = sorted(ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE(vocab={c: i for i, c in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in CONTROL])
    path = tmp_path_factory.mktemp("vocabulary") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.fixture(scope="session")
def tokens(vocabulary: Path) -> TextTokens:
    return TextTokens(vocabulary)


@pytest.fixture
def model(tokens: TextTokens) -> AudioFlamingo3ForConditionalGeneration:
    torch.manual_seed(0)
    config = AudioFlamingo3Config(
        audio_config=AudioFlamingo3EncoderConfig(
            num_mel_bins=80,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            hidden_size=16,
        ),
        text_config=Qwen2Config(
            vocab_size=len(tokens),
            hidden_size=24,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
        ),
        audio_token_id=tokens.audio_id,
    )
    model = AudioFlamingo3ForConditionalGeneration(config).eval()
    with torch.no_grad():
        model.lm_head.weight.mul_(20)  # else no hidden state can make one token likely
    return model


@pytest.fixture
def writer(tokens: TextTokens) -> Writer:
    return Writer(tokens, load_prompts("smollm2-chatml"), WeightsConfig())


def voiced_record(number: int = 0, **changes: object) -> Record:
    """A clip of speech whose document is known but for its prosody."""
    document = UasDocument.parse(
        '{"transcription":"Good morning.","paralinguistics":{"age":"Adult","gender":"Female",'
        '"emotion":"Fear","accent":"British English","prosody":null,"timbre":"dark, clear"},'
        '"nonLinguisticEvents":{"description":"Speech with rain in the background",'
        '"discreteEvents":[],"continuousEvents":[{"label":"rain","characteristic":"soft"}]}}'
    )
    fields = ("transcription", "age", "gender", "emotion", "accent", "timbre", "description")
    known = dict.fromkeys((*fields, "discreteEvents", "continuousEvents"), "truth")
    values: dict[str, object] = {
        "id": f"clip-{number}",
        "audio": f"{number}.flac",
        "sample_rate_hz": 16000,
        "duration_s": 0.5,
        "language": "en",
        "speaker": f"speaker-{number % 3}",
        "corpus": "acted",
        "licence": "CC0-1.0",
        "split": "train",
        "document": document,
        "known": known,
        "qa": (
            QaItem(question="Who speaks?", answer="Female", kind="choice", field="gender",
                   choices=("Male", "Female")),
            QaItem(question="Is it an adult?", answer="yes", kind="yes_no", field="age"),
        ),
    }  # fmt: skip
    return Record.model_validate(values | changes)


def example_of(record: Record) -> Example:
    """The record with half a second of seeded noise."""
    rng = np.random.default_rng(len(record.id))
    return Example(record, rng.integers(-9000, 9000, 8000).astype(np.int16))


def sound_example(label: str, number: int = 0, starts_s: tuple[float, ...] = (0.1,)) -> Example:
    """A clip of one sound alone, heard from ``starts_s`` on."""
    event = Event(label=label, characteristic="short, dark")
    document = UasDocument.no_voice("Animal sound, no speech", (event,))
    record = voiced_record(
        id=f"{label}-{number}", document=document, qa=(), speaker=None,
        known=dict.fromkeys(KNOWN_FIELDS, "truth"),
        onsets=[EventTime(label=label, start_s=at_s, end_s=0.5) for at_s in starts_s],
    )  # fmt: skip
    return example_of(record)
