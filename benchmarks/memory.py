"""Does the process that runs the model keep growing? Documents of clips of random lengths.

    python benchmarks/memory.py CHECKPOINT --documents 400
    python benchmarks/memory.py CHECKPOINT --documents 80 --as-imported

The first bounds what is kept for every length and now and then gives free memory back, as the local
engine's process does (`uas_server.engine.worker`); the second leaves both as PyTorch, oneDNN and
glibc have them. Printed is anonymous memory: files that are mapped, such as weights, are not in it.
Every third of the run has a mean at the end. What is kept on purpose fills in the first third:
embeddings of clips (printed; 16 MiB at most), kernels, keys and values of a conversation.
Linux only.
"""

import argparse
from pathlib import Path
from statistics import mean

import numpy as np

from uas_model.audio_tokens import audio_token_count
from uas_model.checkpoint import Checkpoint
from uas_model.runner.memory import give_back, keep_few_kernels
from uas_model.runner.request import GenerateRequest, Hooks
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
    parser.add_argument("--as-imported", action="store_true", help="bound nothing, free nothing")
    arguments = parser.parse_args()
    if not arguments.as_imported:
        keep_few_kernels()
    import torch

    from uas_model.runner.runner import Runner

    torch.set_num_threads(arguments.threads)
    checkpoint = Checkpoint.open(arguments.checkpoint, verify=False)
    runner = Runner.load(arguments.checkpoint, checkpoint.tokenizer)
    hooks = Hooks(say=lambda _: None, interrupted=lambda: None)
    chance = np.random.default_rng(1)
    shortest, longest = (round(length_s * SAMPLE_RATE_HZ) for length_s in LENGTHS_S)
    seen: list[int] = []
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
            if not arguments.as_imported:
                give_back()
            seen.append(anonymous_mib())
            print(f"| {number} | {seen[-1]} | {runner.clips.held_bytes >> 20} |", flush=True)
    third = len(seen) // 3
    if third:
        parts_of_run = (seen[:third], seen[third : 2 * third], seen[2 * third :])
        print("mean of each third, MiB:", [round(mean(part)) for part in parts_of_run])


def anonymous_mib() -> int:
    """Memory of this process that is no file."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith("RssAnon"))


if __name__ == "__main__":
    main()
