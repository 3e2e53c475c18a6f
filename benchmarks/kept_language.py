"""How much of its language a model keeps when it learns to hear.

    python benchmarks/kept_language.py TEXTS CHECKPOINT [CHECKPOINT ...]

TEXTS is what `uas train replies` wrote; the first checkpoint is the one that replied. Of the texts
that no training sees (one in twenty) this says, for every checkpoint: the mean loss of a token of a
reply, and the share of tokens that it would say next itself. The first has nearly all of them.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from uas_model.checkpoint import Checkpoint
from uas_model.load import load_model
from uas_schema.prompts import load_prompts
from uas_training.config import WeightsConfig
from uas_training.data.sequences import Writer
from uas_training.data.texts import Text, is_held_out, read_texts
from uas_training.language import pack, token_states


def main() -> None:
    """Print the figures as JSON, by checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    arguments = parser.parse_args()
    texts = [text for text in read_texts([arguments.texts]) if is_held_out(text)]
    if not texts:
        parser.error(f"{arguments.texts} has no text that is held out; give more")
    found = {str(path): kept(path, texts) for path in arguments.checkpoints}
    print(json.dumps({"texts": len(texts), **found}, indent=2))


@torch.inference_mode()
def kept(path: Path, texts: Sequence[Text]) -> dict[str, float]:
    """Mean loss of a token of the replies, and the share that is the likeliest next token."""
    checkpoint = Checkpoint.open(path)
    prompts = load_prompts(checkpoint.info.prompt_family)
    writer = Writer(checkpoint.tokenizer, prompts, WeightsConfig())
    model = load_model(path)
    losses, hits = [], []
    for text in texts:
        packed = pack([writer.text(text.prompt, text.completion, 1.0)])
        states = token_states(model, packed).flatten(0, 1)[packed.sources]
        scores = model.lm_head(states).float()
        losses.append(torch.nn.functional.cross_entropy(scores, packed.targets, reduction="none"))
        hits.append(scores.argmax(-1) == packed.targets)
    return {
        "tokens": sum(map(len, losses)),
        "loss": round(float(torch.cat(losses).mean()), 4),
        "same_next_token": round(float(torch.cat(hits).float().mean()), 4),
    }


if __name__ == "__main__":
    main()
