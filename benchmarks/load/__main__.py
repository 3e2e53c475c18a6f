"""Load on servers: `sweep` a running one, `overhead` of our own, `throughput` beside vLLM's.

    PYTHONPATH=benchmarks python -m load sweep --clients 1 2 4 8 16
    PYTHONPATH=benchmarks python -m load overhead --rate 500
    PYTHONPATH=benchmarks python -m load throughput --vllm-python .venv-vllm/bin/python

`python -m load COMMAND --help` says more of each.
"""

import argparse
from collections.abc import Sequence

from load import overhead, sweep, throughput

_COMMANDS = {"sweep": sweep, "overhead": overhead, "throughput": throughput}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command that is asked for."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="load", description=__doc__, formatter_class=layout)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in _COMMANDS.items():
        text = module.__doc__ or ""
        help_line = text.splitlines()[0]
        command = commands.add_parser(
            name, help=help_line, description=text, formatter_class=layout
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    arguments = parser.parse_args(argv)
    arguments.run(arguments)


if __name__ == "__main__":
    main()
