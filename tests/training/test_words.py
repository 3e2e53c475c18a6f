"""Heads whose classes are the language model's own words."""

import numpy as np
import pytest
import torch
from tests.training.conftest import example_of, voiced_record
from torch import nn

from uas_model.tokens import TextTokens
from uas_training.config import ListenConfig
from uas_training.data.targets import head_values
from uas_training.stages.listen import Listen
from uas_training.words import (
    COSINE_SCALE,
    WordHeads,
    mean_projection,
    texts_of,
    word_directions,
    word_values,
)

EXAMPLES = [example_of(voiced_record(number)) for number in range(6)]


def word_heads(model, tokens: TextTokens) -> WordHeads:
    projector, encoder = model.model.multi_modal_projector, model.model.audio_tower
    table = model.get_input_embeddings().weight
    texts = word_values(head_values(("rain",)))
    directions = {name: word_directions(table, tokens, words) for name, words in texts.items()}
    centre = mean_projection(encoder, projector, EXAMPLES[:2])
    return WordHeads(projector, directions, centre, encoder.config.d_model)


def test_levels_are_written_as_a_document_writes_them() -> None:
    assert texts_of("rate", ("slow", "fast")) == ["slow pace", "fast pace"]
    assert texts_of("emotion", ("Anger",)) == ["Anger"]


def test_a_direction_is_the_mean_of_its_tokens_without_what_all_share(tokens: TextTokens) -> None:
    table = torch.eye(len(tokens)) + 3
    directions = word_directions(table, tokens, ["a", "ab"])
    a, b = (tokens.encode_text(letter)[0] for letter in "ab")
    assert directions.norm(dim=1).tolist() == pytest.approx([1, 1])
    assert int(directions[0].argmax()) == a
    assert set(directions[1].topk(2).indices.tolist()) == {a, b}


def test_listen_moves_the_projector_towards_the_words(model, tokens: TextTokens) -> None:
    words = word_heads(model, tokens)
    config = ListenConfig.model_validate(
        {
            "stage": "listen", "base": "base", "output": "out", "data": {"manifests": ()},
            "schedule": {"bf16": False, "threads": 1}, "word_weight": 1.0,
        }
    )  # fmt: skip
    stage = Listen(model.model.audio_tower, EXAMPLES, EXAMPLES[:2], ("rain",), config, words=words)
    names = {name for group in stage.groups() for name in group.weights}
    assert "projector.linear_1.weight" in names
    assert not any("embed_tokens" in name or "directions" in name for name in names)
    weights = [weight for group in stage.groups() for weight in group.weights.values()]
    optimizer = torch.optim.Adam(weights, lr=3e-3)
    losses = []
    for step in range(30):
        loss, figures = stage.loss([0, 1, 2], np.random.default_rng(step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(figures["words gender"] + figures["words emotion"])
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    assert "words emotion/acted" in stage.evaluate()


def test_a_word_counts_by_its_share_of_what_is_projected() -> None:
    words = WordHeads(nn.Identity(), {"gender": torch.eye(4)[:2]}, torch.zeros(4), 4)
    real = torch.ones(1, 3, dtype=torch.bool)
    word = torch.eye(4)[0].expand(1, 3, 4)
    hidden = word + 3 * torch.eye(4)[2]
    with torch.inference_mode():
        logits = [float(words(states, real)["gender"][0, 0]) for states in (word, 9 * word, hidden)]
    assert logits == pytest.approx([COSINE_SCALE, COSINE_SCALE, COSINE_SCALE / 10**0.5])


def test_padding_changes_no_word(model, tokens: TextTokens) -> None:
    words = word_heads(model, tokens)
    states = torch.randn(1, 4, model.model.audio_tower.config.d_model)
    padded = torch.cat([states, torch.full_like(states, 9.0)], dim=1)
    real = torch.tensor([[True] * 4 + [False] * 4])
    plain = words(states, real[:, :4])
    for name, logits in words(padded, real).items():
        torch.testing.assert_close(logits, plain[name])
