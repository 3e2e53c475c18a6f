"""`uas train`: run or plan a stage, run an ablation, draw curves, export or pack a result."""

import argparse
import sys
from pathlib import Path

from uas_cli.command import Command, CommandError, ExitCode, say, write_json

DTYPES = ("bfloat16", "float32")
DRAFT_USES = ("forced", "prompt", "none")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(dest="action", required=True)
    stage = actions.add_parser("run", help="run one stage to its end, or go on with it")
    stage.add_argument("config", type=Path, help="YAML of the stage")
    finish = actions.add_parser("finish", help="end a stopped stage where its checkpoint stands")
    finish.add_argument("config", type=Path, help="YAML of the stage")
    plan = actions.add_parser("plan", help="work out what a stage needs, without running it")
    plan.add_argument("config", type=Path, help="YAML of the stage")
    plan.add_argument("--world-size", type=int, default=1, help="processes, one for each device")
    plan.add_argument("--memory-gib", type=float, help="of one device; fail if it does not do")
    plan.add_argument("--tflops", type=float, help="useful TFLOP/s of one device")
    plan.add_argument("--hours", type=float, help="audio of an epoch, instead of the manifests")
    plan.add_argument("--shapes", type=Path, help="config.json of the base, if it is not built")
    curves = actions.add_parser("curves", help="draw the log of a stage")
    curves.add_argument("log", type=Path, help="log.jsonl of the stage")
    curves.add_argument("target", type=Path, help="file to write: .svg or .png")
    unpack = actions.add_parser("unpack", help="make stages of packed weights, to go on from")
    unpack.add_argument("packed", type=Path, help="folder such as models/uas-audio-tiny")
    unpack.add_argument("output", type=Path, help="folder to write: listen/ and tune/")
    _add_export(actions)
    expand = actions.add_parser("expand", help="write the checkpoint of a finished align stage")
    expand.add_argument("config", type=Path, help="YAML of the align stage")
    expand.add_argument("folder", type=Path, help="folder to write; replaced if it exists")
    _add_ablation(actions)
    _add_replies(actions)
    pack = actions.add_parser("pack", help="pack a finished tune or grpo stage for uas model build")
    pack.add_argument("config", type=Path, help="YAML of the stage")
    pack.add_argument("folder", type=Path, help="folder to write, such as models/uas-audio-tiny")
    pack.add_argument("--licence", required=True, help="SPDX expression of the weights")
    pack.add_argument("--languages", nargs="+", default=["en"], help="languages of transcripts")
    pack.add_argument("--note", default="", help="what was run, for people")


def _add_ablation(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    ablation = actions.add_parser(
        "ablation", help="compare kinds of supervision; goes on if stopped"
    )
    ablation.add_argument("config", type=Path, help="YAML of the ablation")
    ablation.add_argument("--arm", nargs="+", help="only runs of these arms")
    ablation.add_argument("--runs", type=int, help="at most so many runs this time")
    instead = ablation.add_mutually_exclusive_group()
    instead.add_argument("--estimate", action="store_true", help="say how long, run nothing")
    instead.add_argument(
        "--stage", metavar="RUN", help="print the YAML of one run's stage, such as uas+qa-1"
    )


def _add_replies(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    replies = actions.add_parser(
        "replies",
        help="write what a base replies to texts, for `text` of a tune stage",
        description="Write a base's own replies to questions about sentences: JSONL of prompt and "
        "completion, which a tune stage can learn beside clips to keep the language.",
        epilog="example:\n  uas train replies build/base --manifest build/data/train.jsonl "
        "--count 500 --output build/data/texts.jsonl",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    replies.add_argument("base", type=Path, help="checkpoint that replies")
    replies.add_argument(
        "--manifest", type=Path, nargs="+", required=True, help="JSONL of records with sentences"
    )
    replies.add_argument("--output", type=Path, required=True, help="JSONL to write, or go on with")
    replies.add_argument("--count", type=int, default=500, help="prompts (default: %(default)s)")
    replies.add_argument("--seed", type=int, default=0)
    replies.add_argument(
        "--longest-tokens", type=int, default=96, metavar="N",
        help="replies that are not ended by then are left out (default: %(default)s)",
    )  # fmt: skip
    replies.add_argument("--threads", type=int, default=2)


def _add_export(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = actions.add_parser(
        "export",
        help="write the whole checkpoint of a finished stage, to serve or to train on",
        description="Write the base with what a finished stage and those beneath it moved.",
        epilog="example:\n  uas train export training/uas_training/configs/7b/tune.yaml "
        "build/my-7b --licence Apache-2.0\n  uas serve --engine vllm --model build/my-7b",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    export.add_argument("config", type=Path, help="YAML of the stage")
    export.add_argument("folder", type=Path, help="checkpoint to write; replaced if it exists")
    export.add_argument("--name", help="name to serve it under (default: the folder's)")
    export.add_argument(
        "--licence", help="SPDX expression of the weights (default: says it is unknown)"
    )
    export.add_argument("--languages", nargs="+", help="of transcripts (default: the base's)")
    export.add_argument(
        "--dtype", choices=DTYPES, help="stored type of every tensor (default: the base's)"
    )
    export.add_argument(
        "--wants-draft",
        choices=DRAFT_USES,
        help="where a drafted transcript goes (default: as the base; forced for a tune or grpo "
        "on an untrained base with a draft model)",
    )
    export.add_argument(
        "--shard-gb", type=float, default=5.0, metavar="GB",
        help="largest file, which is also what memory holds of the result (default: %(default)s)",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Do the chosen action."""
    from uas_training.config import ConfigError

    actions = {
        "run": _run,
        "finish": _finish,
        "plan": _plan,
        "curves": _curves,
        "unpack": _unpack,
        "export": _export,
        "expand": _expand,
        "ablation": _ablation,
        "replies": _replies,
        "pack": _pack,
    }
    try:
        return actions[arguments.action](arguments)
    except ConfigError as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error


def _run(arguments: argparse.Namespace) -> int:
    import logging

    from uas_training.config import load_config
    from uas_training.run_stage import run_stage

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = load_config(arguments.config)
    output = run_stage(config)
    write_json({"stage": config.stage, "output": str(output)})
    return ExitCode.OK


def _finish(arguments: argparse.Namespace) -> int:
    from uas_training.config import load_config
    from uas_training.run_stage import finish_stage

    config = load_config(arguments.config)
    write_json({"output": str(config.output), "steps": finish_stage(config)})
    return ExitCode.OK


def _plan(arguments: argparse.Namespace) -> int:
    from uas_training.plan.assumptions import assumptions
    from uas_training.plan.program import Machines, plan

    tflops = arguments.tflops or assumptions().device_tflops
    machines = Machines(arguments.world_size, arguments.memory_gib, tflops)
    report = plan(arguments.config, machines, hours=arguments.hours, shapes=arguments.shapes)
    write_json(report)
    return ExitCode.OK


def _curves(arguments: argparse.Namespace) -> int:
    from uas_training.curves import draw

    draw(arguments.log, arguments.target, arguments.log.parent.name)
    say(f"wrote {arguments.target}")
    return ExitCode.OK


def _unpack(arguments: argparse.Namespace) -> int:
    from uas_model.errors import ModelError
    from uas_training.unpacking import unpack

    try:
        manifest = unpack(arguments.packed, arguments.output)
    except ModelError as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    write_json({"name": manifest.name, "output": str(arguments.output)})
    return ExitCode.OK


def _export(arguments: argparse.Namespace) -> int:
    import torch

    from uas_model.checkpoint import UNKNOWN_LICENCE
    from uas_model.errors import ModelError, RefusedModel
    from uas_training.evaluation.bench.progress import Bar
    from uas_training.exporting import Export, export

    if arguments.shard_gb <= 0:
        raise CommandError(f"--shard-gb {arguments.shard_gb}: give more than 0", ExitCode.USAGE)
    asked = Export(
        name=arguments.name,
        licence=arguments.licence,
        languages=tuple(arguments.languages) if arguments.languages else None,
        wants_draft=arguments.wants_draft,
        stored_type=getattr(torch, arguments.dtype) if arguments.dtype else None,
        shard_bytes=int(arguments.shard_gb * 1e9),
    )
    try:
        info = export(arguments.config, arguments.folder, asked, Bar())
    except ModelError as error:
        refused = isinstance(error, RefusedModel)
        raise CommandError(str(error), ExitCode.REFUSED if refused else ExitCode.FAILED) from error
    except OSError as error:
        raise CommandError(f"cannot read or write {error.filename}: {error.strerror}") from error
    if info.licence == UNKNOWN_LICENCE:
        say(f"the checkpoint says {UNKNOWN_LICENCE}; give --licence before others get it")
    write_json({"name": info.name, "folder": str(arguments.folder), "licence": info.licence})
    return ExitCode.OK


def _expand(arguments: argparse.Namespace) -> int:
    from uas_model.errors import ModelError
    from uas_training.config import AlignConfig, load_config
    from uas_training.expanding import expand

    config = load_config(arguments.config)
    if not isinstance(config, AlignConfig):
        raise CommandError(
            f"{arguments.config.name}: only the stage 'align' can be expanded", ExitCode.REFUSED
        )
    try:
        expand(config, arguments.folder)
    except ModelError as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    write_json({"folder": str(arguments.folder)})
    return ExitCode.OK


def _ablation(arguments: argparse.Namespace) -> int:
    import logging

    from uas_training.ablation import program
    from uas_training.ablation.config import load_ablation, stage_yaml
    from uas_training.ablation.questions import load_questions
    from uas_training.evaluation.bench.progress import Bar

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = load_ablation(arguments.config)
    if arguments.stage is not None:
        sys.stdout.write(stage_yaml(config, arguments.stage))
        return ExitCode.OK
    runs = program.wanted_runs(config, arguments.arm, arguments.runs)
    questions = load_questions(config)
    say(program.estimate(config, runs, questions))
    if not arguments.estimate:
        program.run_ablation(config, runs, questions, Bar(), name=arguments.config.name)
        say(f"wrote {config.output / program.PAGE}")
    return ExitCode.OK


def _replies(arguments: argparse.Namespace) -> int:
    import torch

    from uas_model.errors import ModelError
    from uas_schema.errors import DataError
    from uas_training.data.examples import read_manifests
    from uas_training.evaluation.bench.progress import Bar
    from uas_training.replies import prompts_of, write_replies

    for name, least in (("seed", 0), ("longest_tokens", 1), ("threads", 1)):
        if getattr(arguments, name) < least:
            said = f"--{name.replace('_', '-')} {getattr(arguments, name)}"
            raise CommandError(f"{said}: give {least} or more", ExitCode.USAGE)
    torch.set_num_threads(arguments.threads)
    longest = arguments.longest_tokens
    try:
        records = read_manifests(arguments.manifest)
        prompts = prompts_of(records, arguments.count, arguments.seed)
        written = write_replies(
            arguments.base, prompts, arguments.output, Bar(), longest_tokens=longest
        )
    except (ModelError, DataError) as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    say(f"{written.left_out} replies were empty or longer than {longest} tokens, and left out")
    write_json({"output": str(arguments.output), "texts": written.texts})
    return ExitCode.OK


def _pack(arguments: argparse.Namespace) -> int:
    from uas_model.errors import ModelError
    from uas_training.config import load_config
    from uas_training.packing import Card, pack

    config = load_config(arguments.config)
    card = Card(
        name=arguments.folder.name,
        licence=arguments.licence,
        languages=tuple(arguments.languages),
        prompt_family="smollm2-chatml",
        wants_draft="forced",
    )
    run_facts = {"config": arguments.config.name, "seed": config.seed, "note": arguments.note}
    try:
        pack(arguments.config, card, run_facts, arguments.folder)
    except ModelError as error:
        raise CommandError(str(error), ExitCode.REFUSED) from error
    write_json({"folder": str(arguments.folder)})
    return ExitCode.OK


command = Command(
    name="train",
    help="train a model by stages: listen, align, adapt, tune, grpo",
    add_arguments=add_arguments,
    run=run,
    examples=(
        "uas train run training/uas_training/configs/tiny/listen.yaml",
        "uas train export training/uas_training/configs/7b/tune.yaml build/my-7b",
    ),
)
