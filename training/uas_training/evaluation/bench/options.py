"""What one run of `uas eval bench` is asked to do."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from uas_model.audio_tokens import WINDOW_S
from uas_schema.strict import Strict
from uas_training.evaluation.bench.hearing import CONDITIONS, Condition
from uas_training.evaluation.noise import SEED


class BenchOptions(Strict):
    """One run of a model over a benchmark.

    Attributes:
        audio: folder that the paths of clips start from; None is that of the benchmark's file.
        conditions: what is heard and shown; "heard" is the score, the others are its baselines.
        limit: so many questions, always the same ones; None is all.
        longest_s: seconds of a clip that are played.
        seed: of the order of choices and of the noise.
    """

    audio: Path | None = None
    conditions: tuple[Condition, ...] = CONDITIONS
    limit: int | None = Field(None, gt=0)
    longest_s: float = Field(float(WINDOW_S), gt=0)
    seed: int = Field(SEED, ge=0)


class CheckpointModel(Strict):
    """A checkpoint that runs here; ``decoder`` as in `uas eval run`."""

    checkpoint: Path
    decoder: Literal["runner", "transformers"] = "runner"
    threads: int = 2


class ServerModel(Strict):
    """A running `uas serve`, by its address."""

    server: str


class EndpointModel(Strict):
    """An endpoint that speaks OpenAI's chat with ``input_audio``.

    ``url`` ends before ``/chat/completions``; ``name`` is the model that the endpoint is to run.
    """

    url: str
    name: str


BenchModel = CheckpointModel | ServerModel | EndpointModel
