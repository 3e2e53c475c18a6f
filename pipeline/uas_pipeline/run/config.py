"""A run as a YAML file, checked key by key. Paths in it are relative to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from uas_pipeline.caption.backends import AcousticBackend, CaptionBackend
from uas_pipeline.corpora.formats import CorpusFormat
from uas_pipeline.executor.protocol import Resources
from uas_pipeline.qa.maker import QaConfig
from uas_pipeline.run.splits import SplitConfig
from uas_pipeline.run.store import digest_of
from uas_pipeline.synthesize.backends import RulesBackend, SynthesizeBackend
from uas_pipeline.validate.config import validation_config
from uas_schema.strict import Strict, read_yaml

Output = Literal["records", "chat", "parquet", "webdataset"]
OUTPUTS: tuple[Output, ...] = get_args(Output)


def _fit(changes: Mapping[str, object]) -> Mapping[str, object]:
    """Refuse changes of thresholds that there are not, when the configuration is read."""
    validation_config(changes, "checks")
    return changes


class Execution(Strict):
    """How the steps are run. Nothing here changes what comes out."""

    read: Resources = Resources()
    caption: Resources = Resources()
    synthesize: Resources = Resources()
    checks: Resources = Resources()
    write: Resources = Resources()


class RunConfig(Strict):
    """A run.

    ``checks`` are changes of the shipped thresholds. ``on_bad`` says what a bad entry or unreadable
    audio does: stop the run, or be rejected and counted. ``chunk_clips`` clips are one piece of
    work; ``shard_clips`` go into one shard, and their questions are balanced together.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    description: str = ""
    corpora: tuple[CorpusFormat, ...] = Field(min_length=1)
    split: SplitConfig = SplitConfig()
    caption: CaptionBackend = AcousticBackend()
    synthesize: SynthesizeBackend = RulesBackend()
    checks: Annotated[Mapping[str, object], AfterValidator(_fit)] = {}
    questions: QaConfig = QaConfig()
    outputs: tuple[Output, ...] = Field(default=OUTPUTS, min_length=1)
    on_bad: Literal["stop", "reject"] = "stop"
    chunk_clips: int = Field(default=32, gt=0)
    shard_clips: int = Field(default=2048, gt=0)
    execution: Execution = Execution()

    @property
    def digest(self) -> str:
        """Digest of all that decides what comes out."""
        return digest_of(self.model_dump(mode="json", exclude={"execution"}))


def load_config(path: Path) -> RunConfig:
    """Read a configuration.

    Raises ``uas_schema.errors.DataError`` that names the key and the nearest valid one.
    """
    return read_yaml(RunConfig, path.read_text("utf-8"), path.name)
