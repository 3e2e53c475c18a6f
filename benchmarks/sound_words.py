"""Where sounds are lost: the heads of a `listen` stage on sounds of packages it never saw.

    python benchmarks/sound_words.py CONFIG.yaml dev.jsonl

CONFIG is a finished `listen` stage with heads over words. Of every label that it knows and that a
clip of the manifest holds, this says how often a head gives it first, or among the first three or
ten: the heads on the encoder, and those on the projector's output (`words`). Then it says how large
the word for a label is in what the projector puts out: the language model sees all of it.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from uas_model.load import load_model
from uas_training import loop
from uas_training.checkpoints import load_tensors
from uas_training.config import ConfigError, ListenConfig, load_config
from uas_training.data.examples import Example, load_examples, read_manifests
from uas_training.data.targets import event_labels
from uas_training.encoder import encode, mel_of, pad_mels
from uas_training.heads import EVENTS, attention
from uas_training.run_stage import listen_stage
from uas_training.stages.listen import Listen
from uas_training.words import WordHeads

NOISE = "static"
DEPTHS = (1, 3, 10)


def main() -> None:
    """Print both tables as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("manifest", type=Path)
    arguments = parser.parse_args()
    config = load_config(arguments.config)
    if not isinstance(config, ListenConfig):
        raise ConfigError(f"{arguments.config.name}: stage {config.stage!r}; give a listen stage")
    stage = trained(config)
    labels = stage.values[EVENTS]
    examples = [
        example
        for example in load_examples(read_manifests([arguments.manifest]))
        if (event_labels(example.record.document) - {NOISE}) & set(labels)
    ]
    print(json.dumps(named(stage, examples, labels), indent=2))
    if stage.words is not None:
        print(json.dumps(sizes(stage, stage.words, examples, labels), indent=2))


def trained(config: ListenConfig) -> Listen:
    """The stage with its final weights, heads included."""
    stage = listen_stage(config)
    tensors, _ = load_tensors(config.output / loop.FINAL)
    with torch.no_grad():
        for group in stage.groups():
            for name, weight in group.weights.items():
                weight.copy_(tensors[name])
    return stage


def named(
    stage: Listen, examples: Sequence[Example], labels: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Share of labels among a head's first, by kind of head and of clip."""
    found: dict[str, list[int]] = defaultdict(list)
    for example, prediction in zip(examples, stage.predict(examples), strict=True):
        place = "under speech" if example.record.document.has_voice else "alone"
        true = event_labels(example.record.document) - {NOISE}
        for kind, logits in prediction.items():
            order = [labels[int(i)] for i in logits[EVENTS].argsort(descending=True)]
            for label in true & set(labels):
                others = [one for one in order if one == label or one not in true]
                found[f"{kind or 'encoder '}{place}"].append(others.index(label))
    return {
        name: {"labels": len(ranks)}
        | {f"top {n}": round(sum(rank < n for rank in ranks) / len(ranks), 3) for n in DEPTHS}
        for name, ranks in found.items()
    }


@torch.inference_mode()
def sizes(
    stage: Listen, words: WordHeads, examples: Sequence[Example], labels: Sequence[str]
) -> dict[str, float]:
    """Mean lengths in the language model's space, of clips of sounds alone."""
    table = words.directions[EVENTS]
    sums: dict[str, list[float]] = defaultdict(list)
    for example in examples:
        if not example.record.document.has_voice:
            states, real = encode(stage.encoder, *pad_mels([mel_of(example.samples())]))
            states = states.float()
            deviation: Tensor = words.projector(states) - words.centre
            weights = attention(words.scores[EVENTS](states), real)
            pooled = (weights * deviation).sum(dim=1)[0]
            true = sorted(event_labels(example.record.document) & set(labels) - {NOISE})[0]
            sums["projected, without what all share"].append(float(deviation.norm(dim=-1).mean()))
            sums["pooled over time"].append(float(pooled.norm()))
            sums["of that along the true word"].append(float(pooled @ table[labels.index(true)]))
            sums["of that along the likeliest word"].append(float((table @ pooled).max()))
    embeddings = load_model(stage.config.base).get_input_embeddings().weight.float()
    sums["embedding of the language model"] = embeddings.norm(dim=1).tolist()
    return {name: round(sum(values) / len(values), 2) for name, values in sums.items()}


if __name__ == "__main__":
    main()
