"""`uas pipeline`: make training data."""

import argparse
from pathlib import Path

from uas_cli.command import Command, CommandError, ExitCode, say, write_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `simulate` and `qa`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    simulate = actions.add_parser(
        "simulate", help="mix speech, voices and sounds into a corpus with known truth"
    )
    simulate.add_argument("config", type=Path, metavar="CONFIG", help="YAML of the corpus")
    simulate.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for audio and manifests"
    )
    simulate.add_argument(
        "--labelled-speech", type=Path, metavar="DIR", help="folder with ravdess/ and emodb/"
    )
    simulate.add_argument(
        "--without-noncommercial", action="store_true", help="leave out non-commercial corpora"
    )
    simulate.add_argument(
        "--cache", type=Path, metavar="DIR", help="folder of fetched packages (default: the cache)"
    )
    simulate.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="processes (default: %(default)s)"
    )
    qa = actions.add_parser("qa", help="make questions on the records of a manifest")
    qa.add_argument("manifest", type=Path, metavar="MANIFEST", help="JSONL of records")
    qa.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSONL to write")
    qa.add_argument("--config", type=Path, metavar="FILE", help="YAML of shares and counts")


def run(arguments: argparse.Namespace) -> int:
    """Run one step; what cannot be read or had ends with one line."""
    from uas_pipeline.errors import ConfigError, PipelineError
    from uas_schema.errors import DataError

    try:
        return _simulate(arguments) if arguments.action == "simulate" else _qa(arguments)
    except (ConfigError, DataError) as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    except PipelineError as error:
        raise CommandError(str(error)) from error
    except FileNotFoundError as error:
        raise CommandError(f"no file {error.filename}: check the path") from error


def _simulate(arguments: argparse.Namespace) -> int:
    from uas_model.cache import cache_root
    from uas_pipeline.simulate.config import load_config
    from uas_pipeline.simulate.material import Sources
    from uas_pipeline.simulate.progress import Bar
    from uas_pipeline.simulate.run import simulate

    config = load_config(arguments.config)
    sources = Sources(
        cache_folder=arguments.cache or cache_root(),
        labelled_speech=arguments.labelled_speech,
        noncommercial=not arguments.without_noncommercial,
    )
    if arguments.labelled_speech is None:
        say("no --labelled-speech: emotion will be known for no clip")
    counts = simulate(config, arguments.out, sources, arguments.jobs, Bar())
    write_json({"name": config.name, "out": str(arguments.out), **counts})
    return ExitCode.OK


def _qa(arguments: argparse.Namespace) -> int:
    from uas_pipeline.qa.maker import QaConfig, QaMaker
    from uas_schema.records import read_records, write_records
    from uas_schema.strict import read_yaml

    config = QaConfig()
    if arguments.config is not None:
        config = read_yaml(QaConfig, arguments.config.read_text("utf-8"), arguments.config.name)
    records = list(read_records(arguments.manifest))
    asked = list(QaMaker(records, config).make())
    write_records(arguments.out, asked)
    write_json({"records": len(asked), "questions": sum(len(record.qa) for record in asked)})
    return ExitCode.OK


command = Command(
    name="pipeline",
    help="make training data",
    add_arguments=add_arguments,
    run=run,
    examples=(
        "uas pipeline simulate corpus.yaml --out data --labelled-speech ../shared/data",
        "uas pipeline qa train.jsonl --out train-qa.jsonl",
    ),
)
