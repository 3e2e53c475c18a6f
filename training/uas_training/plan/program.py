"""`uas train plan`: what a stage needs, as one JSON object; refuses what does not fit."""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from uas_training.config import AnyConfig, ConfigError, GrpoConfig, TuneConfig, load_config
from uas_training.plan.assumptions import assumptions
from uas_training.plan.cost import Batch, Cost, batch_cost, cache_bytes, logits_bytes
from uas_training.plan.data import DataPlan, planned_data, stated_data
from uas_training.plan.memory import checkpoint_bytes, static_memory
from uas_training.plan.shapes import check_shapes, count_by_part, planned_model, read_shapes
from uas_training.run_stage import check_run

_GIB = float(2**30)


@dataclass(frozen=True)
class Machines:
    """Processes, memory of one device in GiB (None: not checked), its useful TFLOP/s."""

    count: int
    memory_gib: float | None
    tflops: float


def plan(
    path: Path, machines: Machines, *, hours: float | None, shapes: Path | None
) -> dict[str, Any]:
    """Work out a stage: shapes, parameters, data, memory, time. Nothing of it is loaded.

    Args:
        path: YAML of the stage.
        machines: what it is to run on.
        hours: of audio in an epoch, to plan before there is data; None reads the manifests.
        shapes: file to take the base's shapes from; None looks for one.

    Raises:
        ConfigError: names the first thing that does not fit.
    """
    config = load_config(path)
    check_run(config)
    known, file = read_shapes(config, path, shapes)
    with torch.device("meta"):
        planned = planned_model(known, config)
        if config.stage != "listen":
            check_shapes(known, planned, config.base)
    data = planned_data(config) if hours is None else stated_data(config, hours)
    batch = _largest(config, data)
    cost = batch_cost(known, config, batch)
    memory = static_memory(planned, config, machines.count)
    loss, cache = logits_bytes(known, config, batch), cache_bytes(known, config, batch)
    memory |= {"activations": max(cost.saved, cache - loss), "loss": loss}
    by_kind = _memory(memory)
    _check_memory(by_kind["total"], config, machines)
    return {
        "config": path.name,
        "stage": config.stage,
        "shapes": str(file),
        "parameters": count_by_part(planned),
        "data": _data(config, data, hours),
        "memory_gib": by_kind,
        "checkpoint_gib": round(checkpoint_bytes(planned) / _GIB, 3),
        "time": _time(config, data, batch, _usual(known, config, batch, cost), machines),
    }


def _largest(config: AnyConfig, data: DataPlan) -> Batch:
    """The epoch's batch with the most positions."""
    text, learnt = _text(config)
    clips, seconds = max(data.batches, key=lambda one: one[0] * (25 * one[1] + text))
    return Batch(clips, seconds, text, learnt, _most_texts(config, clips))


def _most_texts(config: AnyConfig, clips: int) -> int:
    """Texts beside so many clips: the mean and three deviations; more are hardly ever drawn."""
    share = _text_share(config)
    deviation = math.sqrt(clips * share * (1 - share))
    return min(clips, math.ceil(clips * share + 3 * deviation))


def _usual(shapes: dict[str, Any], config: AnyConfig, batch: Batch, most: Cost) -> Cost:
    """Cost of the batch with as many texts as there are on the whole."""
    if not batch.texts:
        return most
    texts = round(batch.clips * _text_share(config))
    return batch_cost(shapes, config, replace(batch, texts=texts))


def _text_share(config: AnyConfig) -> float:
    text = config.text if isinstance(config, TuneConfig) else None
    return 0.0 if text is None else text.share


def _text(config: AnyConfig) -> tuple[int, int]:
    """Tokens of a clip beside its sound, and how many of them carry loss."""
    known = assumptions()
    if isinstance(config, GrpoConfig):
        prompt = known.text_tokens - known.learnt_tokens
        written = config.replies * config.reply_tokens
        return prompt + written, written
    return known.text_tokens, known.learnt_tokens


def _data(config: AnyConfig, data: DataPlan, hours: float | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "from": "--hours" if hours is not None else "manifests",
        "clips": data.clips,
        "held_out": data.held_out,
        "hours": round(data.hours, 2),
        "longest_s": round(data.longest_s, 2),
    }
    if data.texts:
        found["texts"] = data.texts
    if config.run.audio_in_memory:
        found["host_memory_gib_per_process"] = round(data.memory_gib, 2)
    return found | ({"known": data.known} if data.known else {})


def _memory(memory: dict[str, float]) -> dict[str, float]:
    total = sum(memory.values())
    with_reserve = total / (1 - assumptions().reserve_share)
    rounded = {name: round(size / _GIB, 2) for name, size in memory.items()}
    return {
        **rounded,
        "reserve": round((with_reserve - total) / _GIB, 2),
        "total": round(with_reserve / _GIB, 2),
    }


def _time(
    config: AnyConfig, data: DataPlan, batch: Batch, cost: Cost, on: Machines
) -> dict[str, float]:
    """Steps and hours of one epoch, if every device does what is assumed of it."""
    per_step = config.run.accumulate * on.count
    steps = math.ceil(len(data.batches) / per_step)
    text = batch.text_tokens
    positions = [clips * (25 * seconds + text) for clips, seconds in data.batches]
    share = sum(positions) / len(positions) / max(positions)
    writes = cost.forward if isinstance(config, GrpoConfig) else 0.0
    flops = (cost.total + writes) * share * per_step
    hours = steps * flops / (on.count * on.tflops * 1e12) / 3600
    return {
        "batches_per_step": per_step,
        "steps_per_epoch": steps,
        "tflop_per_step": round(flops / 1e12, 3),
        "assumed_tflops_per_device": on.tflops,
        "hours_per_epoch": round(hours, 2),
        "device_hours_per_epoch": round(hours * on.count, 2),
        "epochs": config.schedule.epochs,
    }


def _check_memory(total_gib: float, config: AnyConfig, machines: Machines) -> None:
    if machines.memory_gib is None or total_gib <= machines.memory_gib:
        return
    ways = [] if config.run.gradient_checkpointing else ["run.gradient_checkpointing: true"]
    if not config.run.shard and config.stage in ("adapt", "tune"):
        ways.append("run.shard: true")
    ways.append("a smaller schedule.batch_seconds")
    raise ConfigError(
        f"{total_gib} GiB are needed in each process and a device has {machines.memory_gib}; "
        f"try {' or '.join(ways)}"
    )
