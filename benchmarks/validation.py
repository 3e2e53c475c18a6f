"""Documents a second that `validate` and the question maker do on one core.

    python benchmarks/validation.py [RECORDS.jsonl] [--profile]

Without a file, made-up records of one voice with its measures. Times are CPU times of this process.
"""

import argparse
import cProfile
import json
import pstats
import sys
import time
from collections.abc import Callable
from pathlib import Path

from uas_pipeline.qa.maker import QaConfig, QaMaker
from uas_pipeline.validate.checks import validate
from uas_pipeline.validate.config import validation_config
from uas_schema.records import Record, read_records

COUNT = 2_000


def main() -> None:
    """Print documents a second by step, and where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", nargs="?", type=Path)
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    records = list(read_records(arguments.records)) if arguments.records else _made_up()
    config = validation_config()
    steps: dict[str, Callable[[], object]] = {
        "validate": lambda: [validate(record, None, config) for record in records],
        "qa": lambda: list(QaMaker(records, QaConfig()).make()),
    }
    rates = {}
    for name, step in steps.items():
        step()
        began_s = time.process_time()
        step()
        rates[name] = len(records) / (time.process_time() - began_s)
    rates["both"] = 1 / sum(1 / rate for rate in rates.values())
    print(json.dumps({"records": len(records), **{k: round(v) for k, v in rates.items()}}))
    if arguments.profile:
        for step in steps.values():
            _profile(step)


def _profile(step: Callable[[], object]) -> None:
    profile = cProfile.Profile()
    profile.runcall(step)
    pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(12)


def _made_up() -> list[Record]:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
    from judged_records import spoken

    words = ("lamp", "river", "seven", "green", "bridge", "paper", "quickly", "home")
    return [
        spoken(f"She put the {words[index % 8]} on the {words[index // 8 % 8]} table.").replace(
            id=str(index)
        )
        for index in range(COUNT)
    ]


if __name__ == "__main__":
    main()
