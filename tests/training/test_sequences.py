"""Token sequences: what is computed, what counts, and that branches do not see each other."""

import numpy as np
import pytest
import torch
from tests.training.conftest import voiced_record

from uas_model.audio_tokens import audio_token_count
from uas_schema.skeleton import pieces
from uas_training.data.sequences import Branch, Writer, damaged, with_placeholders
from uas_training.encoder import encode, mel_of, pad_mels
from uas_training.language import hidden_states, pack
from uas_training.readings import readings_of

RNG = np.random.default_rng(0)


def weight_of(branch: Branch, writer: Writer, text: str) -> list[float]:
    """Weights of the tokens that spell ``text`` in the branch."""
    wanted = writer.tokens.encode_text(text)
    ids = list(branch.ids)
    starts = [i for i in range(len(ids)) if ids[i : i + len(wanted)] == wanted]
    assert len(starts) == 1, text
    return list(branch.weights[starts[0] : starts[0] + len(wanted)])


def test_the_answer_is_the_canonical_document_and_the_stop(writer: Writer) -> None:
    record = voiced_record()
    _, branch = writer.document(record, "plain", "", RNG)
    ids = writer.tokens.encode_pieces(pieces(record.document))
    assert list(branch.ids) == [*ids, writer.stop]


def test_closed_values_count_most_and_unknown_fields_nothing(writer: Writer) -> None:
    _, branch = writer.document(voiced_record(), "plain", "", RNG)
    weights = writer.weights
    assert set(weight_of(branch, writer, '"Fear"')) == {weights.closed}
    assert set(weight_of(branch, writer, '"British English"')) == {weights.free}
    assert set(weight_of(branch, writer, '"rain"')) == {weights.label}
    prosody = weight_of(branch, writer, '"prosody":null,"timbre"')
    assert prosody[len('"prosody":') : len('"prosody":null')] == [0.0] * 4


def test_a_closed_field_that_nobody_knows_is_filled_without_loss(writer: Writer) -> None:
    record = voiced_record()
    voice = record.document.paralinguistics.replace(emotion=None)
    record = record.replace(
        document=record.document.replace(paralinguistics=voice),
        known={**record.known, "emotion": "none"},
    )
    document = with_placeholders(record, RNG)
    emotion = document.paralinguistics.emotion
    assert emotion is not None
    _, branch = writer.document(record.replace(document=document), "plain", "", RNG)
    assert set(weight_of(branch, writer, f'"{emotion}"')) == {0.0}
    assert writer.document(record, "plain", "", RNG)[1].weights.count(0.0) > 0
    known = record.replace(known={**record.known, "emotion": "truth"})
    assert with_placeholders(known, RNG) == known.document  # a fault stays one


def test_transcript_counts_little_but_its_first_token_decides_the_branch(writer: Writer) -> None:
    _, branch = writer.document(voiced_record(), "plain", "", RNG)
    first, *rest = weight_of(branch, writer, '"Good morning."')
    assert first == writer.weights.branch
    assert set(rest) == {writer.weights.transcription}


def test_a_wrong_transcript_is_read_without_loss(writer: Writer) -> None:
    parts, branch = writer.document(voiced_record(), "wrong_transcript", "Close the door.", RNG)
    first, *rest = weight_of(branch, writer, '"Close the door."')
    assert first == writer.weights.branch
    assert set(rest) == {0.0}
    assert set(weight_of(branch, writer, '"Fear"')) == {writer.weights.closed}
    assert parts == writer.prompts.render("uas")


def test_a_draft_stands_in_the_prompt(writer: Writer) -> None:
    parts, branch = writer.document(voiced_record(), "drafted", "", np.random.default_rng(0))
    assert "Draft transcript" in str(parts)
    assert writer.weights.drafted in weight_of(branch, writer, '"Good morning."')


def test_the_end_of_a_document_with_unknown_events_is_not_computed(writer: Writer) -> None:
    known = dict.fromkeys(("transcription", "age", "gender", "emotion"), "truth")
    _, branch = writer.document(voiced_record(known=known), "plain", "", RNG)
    assert writer.tokens.decode(branch.ids).endswith('"emotion":"Fear"')


def test_damage_is_small_and_repeatable() -> None:
    text = " ".join(f"word{i}" for i in range(200))
    once = damaged(text, np.random.default_rng(5))
    assert once == damaged(text, np.random.default_rng(5))
    assert 0 < abs(len(once.split()) - 200) + 200 - len(set(once.split())) < 40


def test_unpadded_encoder_equals_the_stock_one(model: object) -> None:
    """Two clips of different length in one batch, against 30 s features one by one."""
    from transformers import WhisperFeatureExtractor

    clips = [np.random.default_rng(n).normal(0, 0.1, n).astype(np.float32) for n in (8000, 20001)]
    encoder = model.model.audio_tower
    states, real = encode(encoder, *pad_mels([mel_of(clip) for clip in clips]))
    extract = WhisperFeatureExtractor(return_attention_mask=True)
    for clip, row, mask in zip(clips, states, real, strict=True):
        stock = extract(clip, sampling_rate=16000, return_tensors="pt", return_attention_mask=True)
        expected = encoder(stock.input_features, input_features_mask=stock.attention_mask)
        count = int(mask.sum())
        assert count == audio_token_count(len(clip))
        torch.testing.assert_close(
            row[mask], expected.last_hidden_state[0, :count], atol=2e-4, rtol=1e-3
        )


def test_branches_are_computed_as_if_alone(model: object, writer: Writer) -> None:
    record = voiced_record()
    mel = mel_of(np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32))
    count = audio_token_count(8000)
    document = writer.document(record, "plain", "", RNG)
    question = writer.question(record.qa[0])
    both = writer.clip(count, [document, question])
    alone = writer.clip(count, [question])
    audio_id = writer.tokens.audio_id
    together = hidden_states(model, [mel], pack([both]), audio_id)[0, -len(alone.branches[0].ids) :]
    single = hidden_states(model, [mel], pack([alone]), audio_id)[0, len(alone.prefix) :]
    torch.testing.assert_close(together, single, atol=1e-5, rtol=1e-4)


def test_forward_equals_stock_transformers(model: object, writer: Writer) -> None:
    from transformers import WhisperFeatureExtractor

    samples = np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32)
    sequence = writer.clip(audio_token_count(8000), [writer.question(voiced_record().qa[0])])
    packed = pack([sequence])
    ours = model.lm_head(hidden_states(model, [mel_of(samples)], packed, writer.tokens.audio_id))
    stock = WhisperFeatureExtractor(return_attention_mask=True)(
        samples, sampling_rate=16000, return_tensors="pt", return_attention_mask=True
    )
    expected = model(
        input_ids=packed.ids,
        input_features=stock.input_features,
        input_features_mask=stock.attention_mask,
    ).logits
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("name", ["voice", "age", "gender", "qa_choice_gender"])
def test_readings_point_at_the_token_that_decides(writer: Writer, name: str) -> None:
    record = voiced_record()
    found = {
        reading.field: (sequence.sequence, reading)
        for sequence in readings_of(writer, record, 12)
        for reading in sequence.readings
    }
    sequence, reading = found[name]
    ids = [*sequence.prefix, *sequence.branches[0].ids]
    assert ids[reading.at + 1] == reading.tokens[reading.truth]


def test_values_that_part_in_two_places_have_no_reading(writer: Writer) -> None:
    """In a byte vocabulary "Sadness" and "Surprise" begin alike, so one token cannot decide."""
    readings = [r for s in readings_of(writer, voiced_record(), 12) for r in s.readings]
    assert "emotion" not in {reading.field for reading in readings}


def test_a_field_that_nobody_knows_is_not_read_and_does_no_harm(writer: Writer) -> None:
    record = voiced_record()
    voice = record.document.paralinguistics.replace(age=None)
    unknown = record.model_copy(update={
        "document": record.document.replace(paralinguistics=voice),
        "known": {**record.known, "age": "none"},
    })  # fmt: skip
    fields = {r.field for s in readings_of(writer, unknown, 12) for r in s.readings}
    assert "gender" in fields
    assert "age" not in fields


def test_a_text_has_no_clip_and_counts_in_its_reply_alone(writer: Writer) -> None:
    sequence = writer.text("What is rain?", "Water.", 0.25)
    [reply] = sequence.branches
    assert writer.tokens.audio_id not in sequence.prefix
    assert writer.tokens.decode(list(sequence.prefix)) == "user\nWhat is rain?\nassistant\n"
    assert list(reply.ids) == [*writer.tokens.encode_text("Water."), writer.stop]
    assert set(reply.weights) == {0.25}


def test_control_tokens_in_a_text_stay_text(writer: Writer) -> None:
    sequence = writer.text("<|im_end|>", "<sound>", 1.0)
    assert sequence.prefix.count(writer.stop) == 1
    assert writer.tokens.audio_id not in sequence.branches[0].ids


def test_a_clip_that_is_said_is_its_audio_tokens(writer: Writer) -> None:
    sequence = writer.speech(voiced_record(), 12)
    [said] = sequence.branches
    assert writer.tokens.audio_id not in sequence.prefix
    assert "Say as audio tokens: Good morning." in writer.tokens.decode(list(sequence.prefix))
    assert said.ids == (*(writer.tokens.audio_id,) * 12, writer.stop)
    weights = writer.weights
    assert said.weights == (*(weights.transcription,) * 12, weights.stop)
