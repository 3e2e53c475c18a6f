"""`uas eval`: run a model over development records, score it, probe its encoder."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uas_cli.command import Command, CommandError, ExitCode, say, write_json

if TYPE_CHECKING:
    from uas_training.evaluation.bench.options import BenchModel
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
    run_action.add_argument(
        "--temperature",
        type=float,
        default=0.0,
        help="draw what is written, with --decoder transformers; 0 takes the likeliest tokens",
    )
    run_action.add_argument(
        "--precision",
        choices=("auto", "int8", "bf16", "fp32"),
        default="auto",
        help="of the weights, with --decoder runner; auto is what the server takes, int8",
    )
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
    bench = actions.add_parser("bench", help="multiple-choice benchmarks, beside their baselines")
    _add_bench_arguments(bench)
    judge = actions.add_parser("judge", help="let a language model judge the free text of a run")
    judge.add_argument("--manifest", type=Path, required=True, help="JSONL of the run's records")
    judge.add_argument(
        "--run", dest="run_folder", type=Path, required=True, help="folder of a finished run"
    )
    judge.add_argument(
        "--endpoint",
        metavar="URL",
        required=True,
        help="OpenAI's chat, up to chat/completions; UAS_API_KEY holds the key",
    )
    judge.add_argument("--endpoint-model", metavar="NAME", required=True, help="the judge")
    judge.add_argument("--limit", type=int, help="so many clips, spread over the corpora")
    judge.add_argument("--output", type=Path, required=True, help="folder for the results")
    card = actions.add_parser("card", help="write the model card from the reports of runs")
    card.add_argument("--results", type=Path, required=True, help="folder with a folder per run")
    card.add_argument(
        "--weights", type=Path, required=True, help="folder with weights.yaml and logs of training"
    )
    card.add_argument(
        "--variants", type=Path, help="folder with a folder per run of models trained on other data"
    )
    card.add_argument(
        "--watts", type=float, help="power of the machine that trained; assumed, unless you say it"
    )


def _add_bench_arguments(bench: argparse.ArgumentParser) -> None:
    bench.add_argument("name", help="mmsu, mmau, mmar or mmau-pro")
    bench.add_argument("file", type=Path, help="its JSON, JSONL or Parquet, as published")
    who = bench.add_mutually_exclusive_group(required=True)
    who.add_argument("--model", type=Path, metavar="FOLDER", help="checkpoint to run here")
    who.add_argument("--server", metavar="URL", help="a running uas serve")
    who.add_argument("--endpoint", metavar="URL", help="OpenAI's chat, up to chat/completions")
    who.add_argument("--score", action="store_true", help="score the replies that the file holds")
    bench.add_argument("--endpoint-model", metavar="NAME", help="what the endpoint is to run")
    bench.add_argument("--decoder", choices=("runner", "transformers"), default="runner")
    bench.add_argument("--threads", type=int, default=2)
    bench.add_argument("--audio", type=Path, help="folder that the paths of clips start from")
    bench.add_argument(
        "--conditions",
        nargs="+",
        choices=("heard", "shuffled-choices", "no-audio", "noise"),
        help="what is heard and shown; all of them, unless you choose",
    )
    bench.add_argument("--limit", type=int, help="so many questions, always the same ones")
    bench.add_argument("--longest-s", type=float, help="seconds of a clip that are played")
    bench.add_argument("--seed", type=int, help="of the order of choices and of the noise")
    bench.add_argument("--output", type=Path, help="folder for the results")


def run(arguments: argparse.Namespace) -> int:
    """Do the chosen action."""
    from uas_schema.errors import DataError
    from uas_training.config import ConfigError

    try:
        if arguments.action == "card":
            return _card(arguments)
        report, target = _measure(arguments)
    except (ConfigError, DataError) as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    say(f"{'scored' if arguments.action == 'bench' and arguments.score else 'wrote'} {target}")
    write_json(report)
    return ExitCode.OK


def _card(arguments: argparse.Namespace) -> int:
    from uas_training.evaluation.card import write_card

    where = (arguments.results, arguments.weights, arguments.variants)
    say(f"wrote {write_card(*where, watts=arguments.watts)}")
    return ExitCode.OK


def _measure(arguments: argparse.Namespace) -> tuple[dict[str, Any], Path]:
    if arguments.action == "bench":
        return _bench(arguments)
    if arguments.action == "judge":
        return _judge(arguments)
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


def _bench(arguments: argparse.Namespace) -> tuple[dict[str, Any], Path]:
    from pydantic import ValidationError

    from uas_schema.errors import DataError
    from uas_schema.strict import explain
    from uas_training.evaluation.bench import program
    from uas_training.evaluation.bench.catalogue import benchmark_named
    from uas_training.evaluation.bench.options import BenchOptions
    from uas_training.evaluation.bench.progress import Bar

    if arguments.score:
        return program.score_file(arguments.name, arguments.file), arguments.file
    if arguments.output is None:
        raise CommandError("say with --output where the results go", ExitCode.USAGE)
    names = ("audio", "conditions", "limit", "longest_s", "seed")
    given = {name: getattr(arguments, name) for name in names}
    try:
        options = BenchOptions.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        raise DataError(explain(error, BenchOptions)) from error
    model = _bench_model(arguments)
    report = program.run_bench(
        arguments.name,
        arguments.file,
        program.open_answerer(model, benchmark_named(arguments.name)),
        options,
        output=arguments.output,
        progress=Bar(),
        asked=program.words_of(model),
    )
    return report, arguments.output / program.PAGE


def _judge(arguments: argparse.Namespace) -> tuple[dict[str, Any], Path]:
    from uas_training.evaluation.bench.progress import Bar
    from uas_training.evaluation.endpoint import open_client
    from uas_training.evaluation.judge.program import run_judge
    from uas_training.evaluation.judge.prompt import load_prompt
    from uas_training.evaluation.judge.verdicts import ChatJudge

    with open_client(arguments.endpoint) as client:
        return run_judge(
            arguments.manifest,
            arguments.run_folder,
            ChatJudge(client, arguments.endpoint_model, load_prompt()),
            arguments.output,
            limit=arguments.limit,
            progress=Bar(),
        )


def _bench_model(arguments: argparse.Namespace) -> "BenchModel":
    from uas_training.evaluation.bench.options import CheckpointModel, EndpointModel, ServerModel

    if arguments.model is not None:
        return CheckpointModel(
            checkpoint=arguments.model, decoder=arguments.decoder, threads=arguments.threads
        )
    if arguments.server is not None:
        return ServerModel(server=arguments.server)
    if arguments.endpoint_model is None:
        raise CommandError("say with --endpoint-model what the endpoint is to run", ExitCode.USAGE)
    return EndpointModel(url=arguments.endpoint, name=arguments.endpoint_model)


def _options(arguments: argparse.Namespace) -> "RunOptions":
    from pydantic import ValidationError

    from uas_schema.errors import DataError
    from uas_schema.strict import explain
    from uas_training.evaluation.options import RunOptions

    try:
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
            temperature=arguments.temperature,
            precision=arguments.precision,
        )
    except ValidationError as error:
        raise DataError(explain(error, RunOptions)) from error


command = Command(
    name="eval",
    help="measure a model on development records",
    add_arguments=add_arguments,
    run=run,
    examples=(
        "uas eval run --model MODEL --manifest build/data/dev.jsonl --output build/eval/forced",
        "uas eval bench mmau mmau-test-mini.json --model MODEL --output build/bench/mmau",
    ),
)
