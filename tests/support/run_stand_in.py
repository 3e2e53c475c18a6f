"""A run with the steps of ``stand_ins`` as a program of its own: to be killed.

python run_stand_in.py CONFIG OUT JOBS
"""

import sys
from pathlib import Path

from stand_ins import make_steps

from uas_pipeline.executor.local import LocalExecutor
from uas_pipeline.run.config import load_config
from uas_pipeline.run.progress import SilentRun
from uas_pipeline.run.run import Run

if __name__ == "__main__":
    config, out, jobs = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    run = Run(load_config(config), config.parent, out, make_steps)
    run.run(LocalExecutor(jobs), SilentRun())
