"""The actions of `uas pipeline` around a run: run, caption, synthesize, validate, report."""

import argparse

from uas_cli.command import CommandError, ExitCode, say, write_json
from uas_pipeline.executor.protocol import Executor
from uas_pipeline.run.config import load_config


def run_all(arguments: argparse.Namespace) -> int:
    """Make a dataset of a configuration."""
    from uas_pipeline.outputs.publish import DATASET
    from uas_pipeline.run.progress import run_bar
    from uas_pipeline.run.run import Run
    from uas_pipeline.run.steps import make_steps

    config = load_config(arguments.config)
    run = Run(config, arguments.config.parent, arguments.out, make_steps)
    with run_bar() as progress:
        counts = run.run(_executor(arguments), progress)
    if not counts.records:
        raise CommandError(
            f"no clip became a record: {arguments.out / DATASET / 'rejects'} says why"
        )
    write_json({"dataset": str(arguments.out / DATASET), **counts.model_dump(mode="json")})
    return ExitCode.OK


def caption(arguments: argparse.Namespace) -> int:
    """Describe the clips of a configuration's corpora."""
    from uas_pipeline.run.listing import list_outcomes
    from uas_pipeline.run.steps import caption_step
    from uas_pipeline.steps.clip import Clip
    from uas_pipeline.steps.files import run_step, write_result

    config = load_config(arguments.config)
    clips = list_outcomes(config, arguments.config.parent)
    done = run_step(caption_step(config), clips)
    written = write_result(done, Clip.to_json, arguments.out, arguments.rejects)
    write_json({"captioned": written.kept, "rejected": written.rejected})
    return ExitCode.OK


def synthesize(arguments: argparse.Namespace) -> int:
    """Make records of captioned clips."""
    from uas_pipeline.run.steps import synthesize_step
    from uas_pipeline.steps.clip import read_clips
    from uas_pipeline.steps.files import record_line, run_step, write_result

    config = load_config(arguments.config)
    done = run_step(synthesize_step(config), read_clips(arguments.clips))
    written = write_result(done, record_line, arguments.out, arguments.rejects)
    write_json({"records": written.kept, "rejected": written.rejected})
    return ExitCode.OK


def validate(arguments: argparse.Namespace) -> int:
    """Check records; those that fail go to a file of their own with all that is wrong."""
    from uas_pipeline.steps.files import record_line, validated_lines, write_result
    from uas_pipeline.validate.config import validation_config

    checks = validation_config(load_config(arguments.config).checks)
    done = validated_lines(arguments.records, checks)
    written = write_result(done, record_line, arguments.out, arguments.rejects)
    write_json({"valid": written.kept, "rejected": written.rejected})
    return ExitCode.OK


def report(arguments: argparse.Namespace) -> int:
    """Count kept records and rejections, as JSON and as a page."""
    from uas_pipeline.validate.report import Report
    from uas_pipeline.validate.violation import read_rejections
    from uas_schema.records import read_records

    counted = Report()
    for path in arguments.records:
        for record in read_records(path):
            counted.keep(record)
    for path in arguments.rejects:
        for rejection in read_rejections(path):
            counted.reject(rejection)
    counted.write(arguments.out)
    write_json(counted.to_dict()["total"])
    return ExitCode.OK


def _executor(arguments: argparse.Namespace) -> Executor:
    if arguments.executor == "ray":
        from uas_pipeline.executor.ray import RayExecutor

        return RayExecutor(arguments.address, arguments.jobs)
    if arguments.address is not None:
        raise CommandError("--address is for --executor ray", ExitCode.USAGE)
    from uas_pipeline.executor.local import LocalExecutor

    if arguments.jobs is None:
        say("one process; --jobs N uses more")
    return LocalExecutor(arguments.jobs or 1)
