"""The actions of `uas pipeline audit`: sample, score."""

import argparse
import shlex

from uas_cli.command import ExitCode, say, write_json

PAGE, SAMPLE = "audit.html", "sample.json"


def sample(arguments: argparse.Namespace) -> int:
    """Draw records; write the page to judge them on, and what was drawn."""
    from uas_pipeline.audit.clips import page_clips
    from uas_pipeline.audit.page import page_of
    from uas_pipeline.audit.sample import draw_sample, write_whole

    drawn = draw_sample(arguments.records, arguments.count, arguments.seed)
    if len(drawn.items) < arguments.count:
        say(f"{drawn.records} records are fewer than {arguments.count}: all are drawn")
    clips = page_clips([item.record for item in drawn.items], arguments.max_mb * 1_000_000)
    page = page_of(drawn, clips).encode()
    arguments.out.mkdir(parents=True, exist_ok=True)
    drawn.write(arguments.out / SAMPLE)
    write_whole(arguments.out / PAGE, page)
    write_json({
        "page": str(arguments.out / PAGE), "sample": drawn.id, "records": drawn.records,
        "drawn": len(drawn.items), "seconds": round(sum(clip.duration_s for clip in clips), 1),
        "bytes": len(page), "strata": [stratum.model_dump() for stratum in drawn.strata],
    })  # fmt: skip
    return ExitCode.OK


def score(arguments: argparse.Namespace) -> int:
    """Score judgements; write figures as JSON and Markdown."""
    from uas_pipeline.audit.judgements import read_judgements
    from uas_pipeline.audit.report import markdown
    from uas_pipeline.audit.sample import Sample, write_whole
    from uas_pipeline.audit.score import score as score_of

    drawn = Sample.read(arguments.sample)
    figures = score_of(drawn, read_judgements(arguments.judgements, drawn))
    names = [path.name for path in (arguments.sample, *arguments.judgements)]
    command = shlex.join(["uas", "pipeline", "audit", "score", *names])
    arguments.out.mkdir(parents=True, exist_ok=True)
    data = figures.model_dump_json(indent=2) + "\n"
    write_whole(arguments.out / "score.json", data.encode())
    write_whole(arguments.out / "score.md", markdown(figures, command).encode())
    write_json(figures.model_dump(mode="json"))
    return ExitCode.OK
