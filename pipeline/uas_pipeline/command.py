"""`uas pipeline`: make training data."""

import argparse
import errno
from pathlib import Path

from uas_cli.command import Command, CommandError, ExitCode, say, write_json

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_run(actions.add_parser("run", help="make a validated dataset of corpora, with questions"))
    _add_steps(actions)
    _add_simulate(
        actions.add_parser(
            "simulate", help="mix speech, voices and sounds into a corpus with known truth"
        )
    )
    qa = actions.add_parser("qa", help="make questions on the records of a manifest")
    qa.add_argument("manifest", type=Path, metavar="MANIFEST", help="JSONL of records")
    qa.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSONL to write")
    qa.add_argument("--config", type=Path, metavar="FILE", help="YAML of shares and counts")
    _add_audit(actions.add_parser("audit", help="have people judge a sample of records"))
    report = actions.add_parser("report", help="count records and rejections by level and check")
    report.add_argument("records", type=Path, nargs="*", metavar="RECORDS", help="JSONL of records")
    report.add_argument("--rejects", type=Path, nargs="*", default=(), metavar="FILE",
                        help="JSONL of rejections")  # fmt: skip
    report.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help="folder for report.json and report.html")  # fmt: skip


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("config", type=Path, metavar="CONFIG", help="YAML of the run")
    run.add_argument(
        "--out", type=Path, required=True, metavar="DIR",
        help="folder for the dataset and for finished work; a run that was ended goes on there",
    )  # fmt: skip
    run.add_argument("--executor", choices=("local", "ray"), default="local",
                     help="processes of this machine, or Ray (default: %(default)s)")  # fmt: skip
    run.add_argument("--jobs", type=_count, metavar="N",
                     help="processes, or CPUs of a Ray that is started here")  # fmt: skip
    run.add_argument("--address", metavar="ADDRESS",
                     help="Ray cluster, such as auto (default: start one here)")  # fmt: skip


def _add_steps(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Each step alone, from file to file."""
    caption = actions.add_parser("caption", help="describe the clips of a configuration's corpora")
    caption.add_argument("config", type=Path, metavar="CONFIG", help="YAML of the run")
    synthesize = actions.add_parser("synthesize", help="make records of captioned clips")
    synthesize.add_argument("clips", type=Path, metavar="CLIPS", help="JSONL of `caption`")
    validate = actions.add_parser("validate", help="check records")
    validate.add_argument("records", type=Path, metavar="RECORDS", help="JSONL of records")
    for step in (synthesize, validate):
        step.add_argument("--config", type=Path, required=True, metavar="CONFIG",
                          help="YAML of the run")  # fmt: skip
    for step in (caption, synthesize, validate):
        step.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSONL to write")
        step.add_argument("--rejects", type=Path, metavar="FILE",
                          help="JSONL of the rejected, with all that is wrong")  # fmt: skip


def _add_simulate(simulate: argparse.ArgumentParser) -> None:
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
        "--jobs", type=_count, default=1, metavar="N", help="processes (default: %(default)s)"
    )


def _add_audit(audit: argparse.ArgumentParser) -> None:
    actions = audit.add_subparsers(dest="audit_action", required=True, metavar="ACTION")
    sample = actions.add_parser("sample", help="draw records; make the page to judge them on")
    sample.add_argument("records", type=Path, nargs="+", metavar="RECORDS",
                        help="JSONL of records, audio beside it")  # fmt: skip
    sample.add_argument("--out", type=Path, required=True, metavar="DIR",
                        help="folder for audit.html and sample.json")  # fmt: skip
    sample.add_argument("--count", type=_count, default=400, metavar="N",
                        help="records to draw (default: %(default)s)")  # fmt: skip
    sample.add_argument("--seed", type=int, default=0, metavar="N",
                        help="decides what is drawn (default: %(default)s)")  # fmt: skip
    sample.add_argument(
        "--max-mb", type=_count, default=60, metavar="N",
        help="most megabytes of sound in the page (default: %(default)s)",
    )  # fmt: skip
    score = actions.add_parser("score", help="accuracy by attribute, agreement of judges")
    score.add_argument("sample", type=Path, metavar="SAMPLE", help="sample.json")
    score.add_argument("judgements", type=Path, nargs="+", metavar="JUDGEMENTS",
                       help="what the page exported, one file for each judge")  # fmt: skip
    score.add_argument("--out", type=Path, required=True, metavar="DIR",
                       help="folder for score.json and score.md")  # fmt: skip


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not 1 or more")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Run one action; what cannot be read, had or written ends with one line."""
    from uas_pipeline.errors import ConfigError, PipelineError
    from uas_schema.errors import DataError

    try:
        return _action(arguments)
    except (ConfigError, DataError) as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    except PipelineError as error:
        raise CommandError(str(error)) from error
    except FileNotFoundError as error:
        raise CommandError(f"no file {error.filename}: check the path") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"a file is not UTF-8: {error}: save it as UTF-8") from error
    except OSError as error:
        raise CommandError(_written_on(error)) from error


def _written_on(error: OSError) -> str:
    if error.errno in _DISK_FULL:
        return "the disk is full: free some of it and run this again, it goes on where it stopped"
    return f"{error.filename or 'a file'}: {error.strerror or error}"


def _action(arguments: argparse.Namespace) -> int:
    if arguments.action == "simulate":
        return _simulate(arguments)
    if arguments.action == "qa":
        return _qa(arguments)
    if arguments.action == "audit":
        from uas_pipeline.audit import commands as audit

        return {"sample": audit.sample, "score": audit.score}[arguments.audit_action](arguments)
    from uas_pipeline.run import commands

    actions = {
        "run": commands.run_all,
        "caption": commands.caption,
        "synthesize": commands.synthesize,
        "validate": commands.validate,
        "report": commands.report,
    }
    return actions[arguments.action](arguments)


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
        "uas pipeline run examples/asterisk-sample.yaml --out data --jobs 2",
        "uas pipeline run corpus.yaml --out data --executor ray --address auto",
        "uas pipeline caption corpus.yaml --out captions.jsonl",
        "uas pipeline synthesize captions.jsonl --config corpus.yaml --out records.jsonl",
        "uas pipeline validate records.jsonl --config corpus.yaml --out valid.jsonl "
        "--rejects rejects.jsonl",
        "uas pipeline report valid.jsonl --rejects rejects.jsonl --out report",
        "uas pipeline simulate corpus.yaml --out data --labelled-speech ../shared/data",
        "uas pipeline qa train.jsonl --out train-qa.jsonl",
        "uas pipeline audit sample data/dataset/train.jsonl --out audit",
        "uas pipeline audit score audit/sample.json judgements-*.json --out audit",
    ),
)
