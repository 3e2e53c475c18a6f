"""Which examples train together, in which order: a pure function of seed and epoch.

Batches hold clips of similar length, because padding is computed for nothing on a CPU. A training
position is therefore only (epoch, batch number): nothing else needs to be stored to resume.
"""

import numpy as np

POOL = 256


def epoch_batches(
    lengths_s: np.ndarray,
    repeats: np.ndarray,
    *,
    batch_seconds: float,
    seed: int,
    epoch: int,
    most: int | None = None,
) -> list[list[int]]:
    """Cut one epoch into batches of example numbers.

    Args:
        lengths_s: ``[N]`` length of each example in seconds.
        repeats: ``[N]`` how often each example comes in an epoch; a fraction is a probability.
        batch_seconds: bound on longest clip times batch size; a longer clip stands alone.
        seed: of the run.
        epoch: counted from 0; every epoch is shuffled anew.
        most: examples of a batch, however short they are; None is no bound.
    """
    rng = np.random.default_rng([seed, epoch])
    counts = np.floor(repeats + rng.random(len(repeats))).astype(int)
    order = rng.permutation(np.repeat(np.arange(len(lengths_s)), counts))
    batches: list[list[int]] = []
    for start in range(0, len(order), POOL):
        pool = order[start : start + POOL]
        pool = pool[np.argsort(lengths_s[pool], kind="stable")]
        batches += _cut(pool, lengths_s, batch_seconds, most)
    return [batches[i] for i in rng.permutation(len(batches))]


def shared_out(batches: list[list[int]], count: int) -> list[list[int]]:
    """Each batch as ``count`` batches of equally many examples, one after the other.

    What does not go up is filled with the batch's first examples, which come twice.
    """
    return [
        [batch[n % len(batch)] for n in range(part, count * -(-len(batch) // count), count)]
        for batch in batches
        for part in range(count)
    ]


def _cut(
    pool: np.ndarray, lengths_s: np.ndarray, batch_seconds: float, most: int | None
) -> list[list[int]]:
    batches: list[list[int]] = []
    batch: list[int] = []
    for index in pool:
        if batch and (lengths_s[index] * (len(batch) + 1) > batch_seconds or len(batch) == most):
            batches.append(batch)
            batch = []
        batch.append(int(index))
    return [*batches, batch] if batch else batches
