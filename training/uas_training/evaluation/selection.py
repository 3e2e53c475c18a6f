"""Which records a run is made on."""

import hashlib
from collections.abc import Sequence

from uas_schema.records import Record


def chosen(records: Sequence[Record], limit: int | None) -> list[Record]:
    """``limit`` records spread evenly over the kinds of clip, always the same ones.

    Kinds are the corpora (with what was mixed in or not); inside a kind the order is that of a
    hash of the id, so that a smaller limit takes a part of what a larger one takes.
    """
    if limit is None or limit >= len(records):
        return list(records)
    kinds: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda r: hashlib.sha256(r.id.encode()).hexdigest()):
        kind = record.corpus.partition("+")[0] + ("+" if "+" in record.corpus else "")
        kinds.setdefault(kind, []).append(record)
    ranked = [
        (place / len(group), record)
        for group in kinds.values()
        for place, record in enumerate(group)
    ]
    ranked.sort(key=lambda entry: (entry[0], entry[1].id))
    return [record for _, record in ranked[:limit]]
