"""How many labelled sound files each split has, and how many a label has.

    python benchmarks/sound_files.py

Fetches the packages that are not in the cache yet.
"""

import json
from collections import Counter
from statistics import median

from uas_model.cache import cache_root
from uas_pipeline.corpora.sounds import read_sounds
from uas_pipeline.corpora.splits import SPLITS, members

FEW = 4


def main() -> None:
    """Print files and labels of both splits."""
    for split in SPLITS:
        files = Counter(
            sound.label
            for package in members("sounds", split)
            for sound in read_sounds(package, cache_root())
        )
        few = sum(count < FEW for count in files.values())
        figures = {"files": files.total(), "labels": len(files), "median": median(files.values())}
        print(split, json.dumps({**figures, f"labels with fewer than {FEW}": few}))


if __name__ == "__main__":
    main()
