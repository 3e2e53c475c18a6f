"""Does the process that runs the model keep growing? Documents of clips of random lengths.

    ONEDNN_PRIMITIVE_CACHE_CAPACITY=32 python benchmarks/memory.py CHECKPOINT --documents 80
    ONEDNN_PRIMITIVE_CACHE_CAPACITY=1024 python benchmarks/memory.py CHECKPOINT --documents 80

The local engine's process sets the first (`uas_server.engine.worker`), the second is oneDNN's own
default. `--give-back` does what that process does too, now and then. Printed is anonymous memory:
files that are mapped, such as weights, are not in it. What is kept on purpose is bounded and fills
slowly: embeddings of clips (printed; 64 MiB at most), keys and values of four conversations, masks
of patterns. Linux only.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from uas_model.audio_tokens import audio_token_count
from uas_model.checkpoint import Checkpoint
from uas_model.runner.memory import give_back
from uas_model.runner.request import GenerateRequest, Hooks
from uas_model.runner.runner import Runner
from uas_schema.skeleton import after_transcription
from uas_signal import SAMPLE_RATE_HZ

LENGTHS_S = (2.0, 12.0)
BUDGETS = (8, 60)
EVERY = 20


def main() -> None:
    """Write documents and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="folder of a built model")
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--give-back", action="store_true", help="free memory to the system, as the server does"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    checkpoint = Checkpoint.open(arguments.checkpoint, verify=False)
    runner = Runner.load(arguments.checkpoint, checkpoint.tokenizer)
    hooks = Hooks(say=lambda _: None, interrupted=lambda: None)
    chance = np.random.default_rng(1)
    shortest, longest = (round(length_s * SAMPLE_RATE_HZ) for length_s in LENGTHS_S)
    print("| documents | anonymous memory, MiB | of it embeddings |\n|---|---|---|")
    for number in range(arguments.documents + 1):
        clip = chance.normal(0, 0.1, chance.integers(shortest, longest)).astype(np.float32)
        parts = checkpoint.prompts.render("uas")
        ids = tuple(checkpoint.tokenizer.encode_prompt(parts, audio_token_count(len(clip))))
        request = GenerateRequest(
            str(number),
            ids,
            (clip,),
            constraint=after_transcription(voice=True),
            max_tokens=int(chance.integers(*BUDGETS)),
        )
        runner.generate(request, hooks)
        if number % EVERY == 0:
            if arguments.give_back:
                give_back()
            print(f"| {number} | {anonymous_mib()} | {runner.clips.held_bytes >> 20} |", flush=True)


def anonymous_mib() -> int:
    """Memory of this process that is no file."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith("RssAnon"))


if __name__ == "__main__":
    main()
