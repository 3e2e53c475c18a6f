"""Linear probes: what a logistic regression reads from an encoder's mean and spread.

The yardstick for the model's own figures: same training records, same development records.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from uas_schema.records import Record
from uas_training.data.examples import Example
from uas_training.encoder import encode_clip
from uas_training.evaluation.metrics import Score, share

REGULARISATION = 0.01


@torch.inference_mode()
def features(encoder: Any, examples: Sequence[Example]) -> NDArray[np.float32]:
    """``[N, 2 d] float32``: mean and standard deviation of the last layer over time."""
    rows = []
    for example in examples:
        states, _ = encode_clip(encoder, example.samples())
        rows.append(torch.cat([states[0].mean(dim=0), states[0].std(dim=0)]).numpy())
    return np.stack(rows)


def probe(
    field: str,
    training: tuple[Sequence[Record], NDArray[np.float32]],
    held_out: tuple[Sequence[Record], NDArray[np.float32]],
) -> Score | None:
    """Train on one set of clips and score on another, where the field's truth is known."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    seen, seen_values = _known(field, *training)
    unseen, unseen_values = _known(field, *held_out)
    if not unseen:
        return None
    model = make_pipeline(StandardScaler(), LogisticRegression(C=REGULARISATION, max_iter=2000))
    model.fit(seen_values, [_value(field, record) for record in seen])
    said = [str(value) for value in model.predict(unseen_values)]
    truths = [_value(field, record) for record in unseen]
    return share(truths, said, [record.speaker or record.id for record in unseen])


def _known(
    field: str, records: Sequence[Record], values: NDArray[np.float32]
) -> tuple[list[Record], NDArray[np.float32]]:
    rows = [
        row
        for row, record in enumerate(records)
        if record.document.has_voice and record.known[field] == "truth"  # type: ignore[index] # a closed field
    ]
    return [records[row] for row in rows], values[rows]


def _value(field: str, record: Record) -> str:
    return str(getattr(record.document.paralinguistics, field))
