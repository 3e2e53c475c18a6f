"""Are documents as right however the vLLM engine scores? `walk` beside `steps`, on known clips.

    make env-vllm
    PYTHONPATH=benchmarks python benchmarks/vllm_scoring.py build/data/dev.jsonl --limit 120

The server runs once with each scoring, drafts transcripts as it is shipped, and hears the same
clips. The table scores the documents against what is known of the clips, as `uas eval` does; the
second says how often both wrote the same. Answers are kept in `--output`: run again, it goes on.
"""

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from load.servers import our_server
from uas_model.registry import built_folder
from uas_schema.document import CLOSED_FIELDS, UasDocument, canonical_string
from uas_schema.records import Record, read_records
from uas_server.vllm_settings import VllmSettings
from uas_training.evaluation.items import Item, read_items
from uas_training.evaluation.metrics import document_metrics
from uas_training.evaluation.pairs import Pair, pair_up
from uas_training.evaluation.selection import chosen

SCORINGS = ("walk", "steps")
PATIENCE_S = 3_600.0


def main() -> None:
    """Run what is not there yet, and print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("manifest", type=Path, help="records of `uas pipeline simulate`")
    parser.add_argument("--limit", type=int, default=120, help="records, spread over the corpora")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--model", default="uas-audio-tiny", help="name of a built model")
    parser.add_argument("--vllm-python", default=".venv-vllm/bin/python", metavar="PATH")
    parser.add_argument("--output", type=Path, default=Path("build/vllm-scoring"))
    arguments = parser.parse_args()
    records = chosen(list(read_records(arguments.manifest)), arguments.limit)
    found = {}
    for scoring in SCORINGS:
        path = arguments.output / f"{scoring}.jsonl"
        _complete(arguments, records, scoring, path)
        found[scoring] = pair_up(records, read_items(path))
    print(scores({name: document_metrics(pairs) for name, pairs in found.items()}))
    print("\n" + agreement(*(found[scoring] for scoring in SCORINGS)))


def _complete(
    arguments: argparse.Namespace, records: Sequence[Record], scoring: str, path: Path
) -> None:
    """Ask about the records that the file does not hold."""
    known = {item.id for item in read_items(path)}
    missing = [record for record in records if record.id not in known]
    if not missing:
        return
    folder = built_folder(arguments.model)
    if folder is None:
        raise SystemExit(f"{arguments.model} is not built; run: uas model build {arguments.model}")
    vllm = VllmSettings.model_validate(
        {"scoring": scoring, "gpu_memory_utilization": 0.25, "start_s": PATIENCE_S}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    settings: dict[str, Any] = {"model": str(folder), "engine": "vllm", "request_s": PATIENCE_S}
    with our_server(
        arguments.vllm_python, vllm=vllm.model_dump(mode="json"), start_s=PATIENCE_S, **settings
    ) as (target, _):
        base = f"http://{target.host}:{target.port}"
        asyncio.run(_ask_all(base, arguments.manifest.parent, missing, arguments.clients, path))


async def _ask_all(
    base: str, folder: Path, records: Sequence[Record], clients: int, path: Path
) -> None:
    places = asyncio.Semaphore(clients)
    async with httpx.AsyncClient(base_url=base, timeout=PATIENCE_S) as client:

        async def one(record: Record) -> None:
            clip = (folder / record.audio).read_bytes()
            async with places:
                answer = await client.post("/v1/uas", files={"file": clip})
            answer.raise_for_status()
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(_item(record, answer.json()))) + "\n")

        await asyncio.gather(*map(one, records))


def _item(record: Record, body: Mapping[str, Any]) -> Item:
    """An answer in the shape of an evaluation's."""
    probabilities = {
        f"paralinguistics.{name}": {canonical_string(value): p for value, p in values.items()}
        for name, values in body["confidence"].items()
        if name in CLOSED_FIELDS and values
    }
    text = UasDocument.model_validate(body["uas"]).canonical()
    return Item(record.id, text, probabilities, seconds=body["timings"]["total_s"])


def scores(found: Mapping[str, Mapping[str, Any]]) -> str:
    """What is right, by scoring, as Markdown."""
    lines = [f"| right | clips | {' | '.join(found)} |", "|---" * (2 + len(found)) + "|"]
    first = next(iter(found.values()))
    named = {"voice": ("voice",), **{name: ("closed", name) for name in first["closed"]}}
    named |= {name: ("levels", name) for name in first["levels"]}
    for name, path in named.items():
        cells = [_at(figures, path) for figures in found.values()]
        if all(cells):
            values = [
                f"{cell['value']:.3f} ({cell['low']:.2f}-{cell['high']:.2f})" for cell in cells
            ]
            lines.append(f"| {name} | {cells[0]['n']} | {' | '.join(values)} |")
    events = [figures["events"] for figures in found.values()]
    values = [f"{score['f1']:.3f}" for score in events]
    lines.append(f"| events, F1 | {events[0]['n']} | {' | '.join(values)} |")
    for name in CLOSED_FIELDS:
        fits = [figures["calibration"].get(name) for figures in found.values()]
        if all(fits):
            values = [f"{fit['ece']:.3f}" for fit in fits]
            lines.append(f"| {name}, calibration error | {fits[0]['n']} | {' | '.join(values)} |")
    return "\n".join(lines)


def _at(figures: Mapping[str, Any], path: Sequence[str]) -> Any:
    for name in path:
        figures = figures[name]
    return figures


def agreement(one: Sequence[Pair], other: Sequence[Pair]) -> str:
    """How often both wrote the same, by field."""
    both = [(a.document, b.document) for a, b in zip(one, other, strict=True)]
    kept = [(a, b) for a, b in both if a is not None and b is not None]
    voiced = [(a, b) for a, b in kept if a.has_voice and b.has_voice]
    rows = {
        "whole document": [a == b for a, b in kept],
        "whether somebody speaks": [a.has_voice == b.has_voice for a, b in kept],
        "transcription": [a.transcription == b.transcription for a, b in kept],
    }
    for name in ("age", "gender", "emotion", "accent", "prosody", "timbre"):
        rows[name] = [
            getattr(a.paralinguistics, name) == getattr(b.paralinguistics, name) for a, b in voiced
        ]
    rows["events"] = [a.non_linguistic_events == b.non_linguistic_events for a, b in kept]
    lines = ["| the same in both | documents | share |", "|---|---|---|"]
    lines += [
        f"| {name} | {len(same)} | {sum(same) / len(same):.3f} |"
        for name, same in rows.items()
        if same
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
