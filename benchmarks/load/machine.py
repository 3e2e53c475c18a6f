"""What a run says of the machine that it ran on, and of how busy that was."""

import os
import platform


def state() -> str:
    """Cores, memory and the load of the last minute, in one line."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
        f"Python {platform.python_version()}; load of the last minute {os.getloadavg()[0]:.2f}"
    )
