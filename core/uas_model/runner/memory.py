"""Keeps a process that runs a model from growing with every length that it meets.

oneDNN keeps a kernel for each length of a clip and of a prompt, PyTorch what describes it, and
glibc the holes between tensors. Where there is no glibc nothing is given back.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache

KEPT_KERNELS = 64
"""Kernels that oneDNN keeps made, and descriptions of kernels that PyTorch keeps.

Both keep up to 1,024, hundreds of MiB that take an hour to fill and look like a leak
(`benchmarks/memory.py`). A document of the default model needs some 30, the same in every document
but for those of its length. With fewer all are made anew in every document; what more cost and save
is in `benchmarks/kernels.py`.
"""

_VARIABLES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")


def keep_few_kernels() -> None:
    """Bound both by `KEPT_KERNELS`, unless the environment says otherwise.

    Before torch is imported: it reads the variables once.
    """
    for name in _VARIABLES:
        os.environ.setdefault(name, str(KEPT_KERNELS))


def give_back() -> None:
    """Have malloc return its free pages; takes some milliseconds, and they are paid for again."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # no glibc
        return None
    return found
