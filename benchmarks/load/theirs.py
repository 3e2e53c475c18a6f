"""vLLM's own server with the environment that our engine gives vLLM: `python -m load.theirs ...`.

First argument: settings of our vLLM engine as JSON; the others are of vLLM's server.
"""

import json
import runpy
import sys

from uas_server.engine.vllm_process import prepare_vllm
from uas_server.vllm_settings import VllmSettings

SERVER = "vllm.entrypoints.openai.api_server"


def main(argv: list[str]) -> None:
    """Become vLLM's server."""
    prepare_vllm(VllmSettings.model_validate(json.loads(argv[0])))
    sys.argv = [SERVER, *argv[1:]]
    # The command `vllm` of the package for CPUs looks for another package's version and ends.
    runpy.run_module(SERVER, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
