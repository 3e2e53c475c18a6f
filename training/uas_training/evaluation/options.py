"""What `uas eval` is asked to do: one run, one comparison, or a suite of them from YAML."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from uas_model.runner.runner import PrecisionChoice
from uas_schema.strict import Strict, read_yaml
from uas_training.evaluation.conditions import AudioKind, DraftKind
from uas_training.evaluation.listeners import DraftUse

Decoder = Literal["runner", "transformers"]


class RunOptions(Strict):
    """One run of a model over the records of a manifest.

    Attributes:
        decoder: our runner, as the server decodes, or stock ``transformers.generate``.
        audio: what is heard; see ``conditions.heard_samples``.
        draft: the transcript that is shown; see ``conditions.draft_text``.
        use: where the draft goes.
        limit: so many records, spread over the corpora; None is all.
        corpus: only records of this corpus.
        documents: write documents.
        questions: answer questions.
        threads: of torch.
        temperature: at which stock ``generate`` draws tokens; 0 takes the likeliest.
        precision: of our runner's weights; "auto" is what the server takes, int8.
    """

    decoder: Decoder = "runner"
    audio: AudioKind = "true"
    draft: DraftKind = "whisper"
    use: DraftUse = "forced"
    limit: int | None = None
    corpus: str | None = None
    documents: bool = True
    questions: bool = True
    threads: int = 2
    temperature: float = Field(default=0.0, ge=0)
    precision: PrecisionChoice = "auto"

    @model_validator(mode="after")
    def _who_draws(self) -> "RunOptions":
        if self.temperature and self.decoder != "transformers":
            raise ValueError(
                f"temperature is {self.temperature} and decoder {self.decoder!r} does not draw; "
                "set decoder to 'transformers'"
            )
        return self

    @model_validator(mode="after")
    def _whose_weights(self) -> "RunOptions":
        if self.precision != "auto" and self.decoder != "runner":
            raise ValueError(
                f"precision is {self.precision!r} and decoder {self.decoder!r} has bfloat16 "
                "weights; set decoder to 'runner'"
            )
        return self


class Comparison(Strict):
    """Two runs of a suite whose answers are compared, question by question."""

    run: str
    base: str


class Suite(Strict):
    """Runs by name, and comparisons between them."""

    runs: dict[str, RunOptions]
    comparisons: dict[str, Comparison] = Field(default_factory=dict)


def load_suite(path: Path) -> Suite:
    """Read a suite.

    Raises:
        uas_schema.errors.DataError: names the key and the nearest valid one.
    """
    return read_yaml(Suite, path.read_text("utf-8"), path.name)
