"""`uas serve`: the HTTP server. Every setting is a flag; see `uas_server.settings`."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from uas_cli.command import Command, CommandError, ExitCode, say

if TYPE_CHECKING:
    from uas_server.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare one flag per setting."""
    parser.add_argument("--print-openapi", action="store_true", help="print openapi.yaml and end")
    parser.add_argument("--print-asyncapi", action="store_true", help="print asyncapi.yaml and end")
    parser.add_argument("--ray", action="store_true", help="serve as replicas under Ray Serve")
    add_setting_flags(parser)


def add_setting_flags(parser: argparse.ArgumentParser) -> None:
    """Declare a flag for every setting, without defaults of its own."""
    from uas_server.settings import SECRET, Settings

    parser.add_argument("--config", type=Path, metavar="FILE", help="YAML file of settings")
    for name, field in Settings.flat_fields().items():
        if name not in SECRET:
            default = "" if field.default in ((), None) else f" (default: {field.default})"
            parser.add_argument(
                f"--{name.replace('_', '-')}",
                dest=f"setting_{name}",
                metavar="VALUE",
                help=f"{field.description}{default}",
            )


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; refused models and settings end with exit code 3."""
    if arguments.print_openapi:
        return _print_openapi()
    if arguments.print_asyncapi:
        return _print_asyncapi()
    from uas_server.opening import settings_of

    settings = settings_of(arguments)
    return _serve_on_ray(settings) if arguments.ray else _serve(settings)


def _serve(settings: "Settings") -> int:
    from uas_server.app import create_app
    from uas_server.opening import opened_model, refusals
    from uas_server.serving import serve
    from uas_server.tracing import opened_tracer

    with ExitStack() as stack:
        with refusals():
            settings.check_exposure()
            tracer = stack.enter_context(opened_tracer())
        model = opened_model(settings)
        say(f"uas: {model.info.name}, weights under {model.info.licence}")
        with refusals():
            app = create_app(settings, model, tracer=tracer)
        if not serve(app, settings):
            raise CommandError("the server did not start; its log says why")
    return ExitCode.OK


def _serve_on_ray(settings: "Settings") -> int:
    """Deploy, and wait to be told to stop."""
    from uas_server.opening import refusals
    from uas_server.ray_serve.running import RayFailed, running_on_ray, told_to_stop

    try:
        with refusals(), running_on_ray(settings):
            say(f"uas: {settings.ray.replicas} replicas under Ray Serve, port {settings.port}")
            told_to_stop()
    except RayFailed as error:
        raise CommandError(str(error)) from error
    return ExitCode.OK


def _print_openapi() -> int:
    from uas_server.app import routed_app
    from uas_server.openapi import as_yaml, describe_api

    sys.stdout.write(as_yaml(describe_api(routed_app())))
    return ExitCode.OK


def _print_asyncapi() -> int:
    from uas_server.asyncapi import as_yaml, describe_stream

    sys.stdout.write(as_yaml(describe_stream()))
    return ExitCode.OK


command = Command(
    name="serve",
    help="serve the model over HTTP",
    add_arguments=add_arguments,
    run=run,
    examples=(
        "uas serve",
        "uas serve --port 9000 --queue 64",
        "uas serve --host 0.0.0.0 --keys-file keys.yaml",
        "uas serve --engine vllm --vllm-max-num-seqs 64",
        "uas serve --engine remote --remote-backends http://gpu-1:8000/v1,http://gpu-2:8000/v1",
        "uas serve --ray --ray-replicas 2 --ray-most-replicas 8 --jobs false",
        "uas serve --print-openapi > openapi.yaml",
    ),
)
