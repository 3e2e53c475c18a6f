"""`uas eval`: run a model over development records, score it, probe its encoder."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uas_cli.command import Command, CommandError, ExitCode, say, write_json

if TYPE_CHECKING:
    from uas_training.evaluation.options import RunOptions


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True)
    run_action = actions.add_parser("run", help="run a model over records and score it")
    run_action.add_argument("--model", type=Path, required=True, help="checkpoint folder")
    run_action.add_argument("--manifest", type=Path, required=True, help="JSONL of records")
    run_action.add_argument("--output", type=Path, required=True, help="folder for the results")
    run_action.add_argument("--decoder", choices=("runner", "transformers"), default="runner")
    run_action.add_argument(
        "--audio", choices=("true", "noise", "shuffled", "none"), default="true"
    )
    run_action.add_argument(
        "--draft", choices=("whisper", "truth", "wrong", "empty", "none"), default="whisper"
    )
    run_action.add_argument("--use", choices=("forced", "prompt", "none"), default="forced")
    run_action.add_argument("--limit", type=int, help="so many records, spread over the corpora")
    run_action.add_argument("--corpus", help="only records of this corpus")
    run_action.add_argument("--no-questions", action="store_true", help="documents only")
    run_action.add_argument("--no-documents", action="store_true", help="questions only")
    run_action.add_argument("--threads", type=int, default=2)
    suite = actions.add_parser("suite", help="every run of a YAML of runs, and their comparisons")
    suite.add_argument("config", type=Path, help="YAML of the suite")
    suite.add_argument("--model", type=Path, required=True, help="checkpoint folder")
    suite.add_argument("--manifest", type=Path, required=True, help="JSONL of records")
    suite.add_argument("--output", type=Path, required=True, help="folder with a folder per run")
    probe = actions.add_parser("probe", help="linear probes of an encoder on the same split")
    probe.add_argument("--model", type=Path, required=True, help="checkpoint folder")
    probe.add_argument("--train", type=Path, required=True, help="JSONL to train the probe on")
    probe.add_argument("--manifest", type=Path, required=True, help="JSONL to score it on")
    probe.add_argument("--output", type=Path, required=True, help="folder for the results")
    compare = actions.add_parser("compare", help="gain of one run's answers over another's")
    compare.add_argument("--manifest", type=Path, required=True, help="JSONL of both runs")
    compare.add_argument(
        "--run", dest="run_folder", type=Path, required=True, help="folder of a run"
    )
    compare.add_argument("--base", type=Path, required=True, help="folder of the other run")
    compare.add_argument("--output", type=Path, required=True, help="folder for the results")
    card = actions.add_parser("card", help="write the model card from the reports of runs")
    card.add_argument("--results", type=Path, required=True, help="folder with a folder per run")
    card.add_argument("--weights", type=Path, required=True, help="folder with weights.yaml")


def run(arguments: argparse.Namespace) -> int:
    """Do the chosen action."""
    from uas_schema.errors import DataError
    from uas_training.config import ConfigError

    if arguments.action == "card":
        from uas_training.evaluation.card import write_card

        say(f"wrote {write_card(arguments.results, arguments.weights)}")
        return ExitCode.OK
    try:
        report, target = _measure(arguments)
    except (ConfigError, DataError) as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    say(f"wrote {target}")
    write_json(report)
    return ExitCode.OK


def _measure(arguments: argparse.Namespace) -> tuple[dict[str, Any], Path]:
    from uas_training.evaluation import program
    from uas_training.evaluation.options import load_suite

    if arguments.action == "probe":
        return program.run_probe(
            arguments.model, arguments.train, arguments.manifest, arguments.output
        )
    if arguments.action == "compare":
        return program.run_comparison(
            arguments.manifest, arguments.run_folder, arguments.base, arguments.output
        )
    where = (arguments.model, arguments.manifest, arguments.output)
    if arguments.action == "suite":
        return program.run_suite(*where, load_suite(arguments.config))
    return program.run_model(*where, _options(arguments))


def _options(arguments: argparse.Namespace) -> "RunOptions":
    from uas_training.evaluation.options import RunOptions

    return RunOptions(
        decoder=arguments.decoder,
        audio=arguments.audio,
        draft=arguments.draft,
        use=arguments.use,
        limit=arguments.limit,
        corpus=arguments.corpus,
        documents=not arguments.no_documents,
        questions=not arguments.no_questions,
        threads=arguments.threads,
    )


command = Command(
    name="eval",
    help="measure a model on development records",
    add_arguments=add_arguments,
    run=run,
    examples=(
        "uas eval run --model MODEL --manifest build/data/dev.jsonl --output build/eval/forced",
    ),
)
