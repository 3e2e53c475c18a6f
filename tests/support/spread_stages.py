"""Run stages one after the other in every process that torchrun started.

torchrun --nproc-per-node 2 tests/support/spread_stages.py STAGE.yaml ...
"""

import sys
from pathlib import Path

from uas_training.config import load_config
from uas_training.run_stage import run_stage

if __name__ == "__main__":
    for name in sys.argv[1:]:
        run_stage(load_config(Path(name)))
