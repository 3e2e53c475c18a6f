"""What a model said about a record, beside the record."""

from collections.abc import Sequence
from dataclasses import dataclass

from uas_schema.document import UasDocument
from uas_schema.records import Record
from uas_training.evaluation.items import Item


@dataclass(frozen=True)
class Pair:
    """A record and what the model said about it."""

    record: Record
    item: Item
    document: UasDocument | None

    @property
    def cluster(self) -> str:
        """The speaker, or the clip where there is none."""
        return self.record.speaker or self.record.id

    @property
    def corpus(self) -> str:
        """The corpus of the voice (or of the sound)."""
        return self.record.corpus.partition("+")[0]


def pair_up(records: Sequence[Record], items: Sequence[Item]) -> list[Pair]:
    """Match records and items by id; records that were not run are left out."""
    by_id = {item.id: item for item in items}
    return [
        Pair(record, by_id[record.id], by_id[record.id].document)
        for record in records
        if record.id in by_id
    ]
