"""Measure the validation on planted errors and write the figures.

    python -m planted_errors --gold build/planted --half open

``planted_errors.evidence`` makes the gold. Thresholds are chosen on the open half; measure the half
that is held out last, once, with ``--half held-out``.
"""

import argparse
from pathlib import Path

from planted_errors.evidence import HALVES
from planted_errors.gold import read_gold
from planted_errors.measuring import measure
from planted_errors.page import write_page
from planted_errors.report import HalfReport, all_gold, pooled

OUT = Path("docs/evidence/planted-errors")
COMMAND = "PYTHONPATH=benchmarks python -m planted_errors --gold build/planted"


def main() -> None:
    """Write ``<half>.json`` and the page of both halves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--gold", type=Path, required=True, help="folder of planted_errors.evidence"
    )
    parser.add_argument("--half", choices=HALVES, default="open")
    parser.add_argument("--count", type=int, default=200, help="errors of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    gold = read_gold(arguments.gold / f"{arguments.half}.jsonl")
    chosen = None if arguments.half == "open" else HalfReport.read(arguments.out, "open")
    report = measure(
        gold, arguments.half, count=arguments.count, seed=arguments.seed, chosen=chosen
    )
    report.write(arguments.out)
    reports = [read for half in HALVES if (read := HalfReport.read(arguments.out, half))]
    write_page(reports, COMMAND, arguments.out)
    deterministic = pooled([kind for kind in report.kinds if kind.proof == "deterministic"])
    print(
        report.half, "deterministic caught", deterministic, "gold rejected", all_gold(report.gold)
    )


if __name__ == "__main__":
    main()
