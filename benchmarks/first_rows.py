"""Loss of the new rows of stage ``align`` before the first step, by where they start.

    python benchmarks/first_rows.py training/uas_training/configs/tiny/align.yaml

Prints the mean loss of a token of the held-out clips, from sound to text and from text to sound.
The codebook is fitted into a temporary folder; the stage's own folder is left alone.
"""

import sys
import tempfile
from pathlib import Path
from typing import get_args

from uas_training.config import AlignConfig, Initialisation, load_config
from uas_training.run_stage import align_stage


def main(path: Path) -> None:
    """Build the stage once for each initialisation and measure it."""
    config = load_config(path)
    if not isinstance(config, AlignConfig):
        raise SystemExit(f"{path.name} is of stage {config.stage!r}; give one of 'align'")
    for initialisation in get_args(Initialisation):
        with tempfile.TemporaryDirectory() as folder:
            changes = {"initialisation": initialisation, "output": Path(folder)}
            losses = align_stage(config.model_copy(update=changes)).evaluate()
        print(initialisation, {name: round(loss, 2) for name, loss in losses.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
