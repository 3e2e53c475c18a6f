"""Energy of training: the minutes of the stages' logs times a power that is assumed or given.

An estimate from above for what the logs hold, and of nothing else: stages that were tried and
dropped, data, evaluation and the base models leave no log beside the weights.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field

from uas_schema.errors import DataError
from uas_schema.strict import Strict, read_yaml

_FILE = "energy.yaml"


class Machine(Strict):
    """What is assumed of the machine that trained; reasons and sources are in ``energy.yaml``.

    Attributes:
        cores: that training had, counted as if it had kept them busy alone.
        memory_gb: of the machine, in 10^9 bytes.
        watts_per_core: at full load, with its share of the server.
        watts_per_gb: of memory.
        site_factor: power of the site over that of its computers.
        watts_source: where ``watts_per_core`` is from.
        memory_source: where ``watts_per_gb`` is from.
        site_source: where ``site_factor`` is from.
    """

    cores: Annotated[int, Field(gt=0)]
    memory_gb: Annotated[float, Field(gt=0)]
    watts_per_core: Annotated[float, Field(gt=0)]
    watts_per_gb: Annotated[float, Field(ge=0)]
    site_factor: Annotated[float, Field(ge=1)]
    watts_source: str
    memory_source: str
    site_source: str

    @property
    def watts(self) -> float:
        """Power of the machine and of its share of the site."""
        own = self.cores * self.watts_per_core + self.memory_gb * self.watts_per_gb
        return own * self.site_factor


@dataclass(frozen=True)
class Energy:
    """Minutes by stage, and the power that they are multiplied by.

    ``machine`` is what the power was worked out from, None where it was given.
    """

    minutes: dict[str, float]
    watts: float
    machine: Machine | None

    @property
    def total_minutes(self) -> float:
        """Of all stages."""
        return sum(self.minutes.values())

    @property
    def kilowatt_hours(self) -> float:
        """Energy of all stages."""
        return self.total_minutes / 60 * self.watts / 1000


@cache
def assumed_machine() -> Machine:
    """The machine that ships with the package."""
    path = files("uas_training.evaluation").joinpath(_FILE)
    return read_yaml(Machine, path.read_text(encoding="utf-8"), _FILE)


def energy_of(folder: Path, watts: float | None = None) -> Energy | None:
    """Energy of the stages whose logs (``*.jsonl``) are in ``folder``; None without a log.

    Raises:
        DataError: a log has a line without minutes, or ``watts`` is not above 0.
    """
    if watts is not None and watts <= 0:
        raise DataError(f"a machine of {watts:g} W cannot train; give its power in watts")
    minutes = {path.stem: logged_minutes(path) for path in sorted(folder.glob("*.jsonl"))}
    if not minutes:
        return None
    if watts is not None:
        return Energy(minutes, watts, None)
    return Energy(minutes, assumed_machine().watts, assumed_machine())


def logged_minutes(path: Path) -> float:
    """Minutes that a stage took by its log; a resumed stage counts from 0 again, which is added.

    Raises:
        DataError: a line has no minutes.
    """
    clock = [_minutes(path, line) for line in path.read_text(encoding="utf-8").splitlines()]
    ends = [earlier for earlier, later in pairwise(clock) if later < earlier]
    return sum([*ends, *clock[-1:]])


def _minutes(path: Path, line: str) -> float:
    try:
        return float(json.loads(line)["minutes"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path.name}: no minutes in {line[:60]!r}; only logs of `uas train run` lie beside "
            "weights"
        ) from error
