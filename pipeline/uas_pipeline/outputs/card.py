"""The dataset's card: ``README.md`` with the front matter that dataset hubs read."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import jinja2

from uas_pipeline.outputs.counts import Counts
from uas_pipeline.package_data import read_package_yaml
from uas_pipeline.run.config import Output, RunConfig
from uas_schema.records import KNOWN_FIELDS
from uas_schema.strict import Strict

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"),
          (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"))  # fmt: skip
_LARGEST = "n>10M"


class FileTexts(Strict):
    """``data/files.yaml`` as it is written: a line by output."""

    records: str
    chat: str
    parquet: str
    webdataset: str


@cache
def file_texts() -> Mapping[Output, str]:
    """What each output consists of, in a line (read once)."""
    texts = read_package_yaml(FileTexts, "uas_pipeline.outputs", "data/files.yaml")
    return {"records": texts.records, "chat": texts.chat, "parquet": texts.parquet,
            "webdataset": texts.webdataset}  # fmt: skip


def write_card(folder: Path, config: RunConfig, counts: Counts, made_by: str) -> None:
    """Write ``README.md``."""
    template = files("uas_pipeline.outputs").joinpath("data/card.md.j2").read_text("utf-8")
    total = sum(counts.records.values())
    text = jinja2.Template(template, undefined=jinja2.StrictUndefined).render(
        name=config.name,
        description=config.description,
        digest=config.digest,
        made_by=made_by,
        outputs=config.outputs,
        files=[file_texts()[output] for output in config.outputs],
        counts=counts,
        splits=list(counts.records),
        size=next((name for most, name in _SIZES if total < most), _LARGEST),
        rejected=sum(counts.rejections.values()),
        fields=KNOWN_FIELDS,
    )
    (folder / "README.md").write_text(text + "\n", "utf-8")
