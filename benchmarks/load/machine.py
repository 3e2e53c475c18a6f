"""What a run says of the machine that it ran on, and of how busy that was."""

import os
import platform

import psutil


def state() -> str:
    """Cores, memory and the load of the last minute, in one line."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
        f"Python {platform.python_version()}; load of the last minute {os.getloadavg()[0]:.2f}"
    )


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its children so far."""
    process = psutil.Process(pid)
    times = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in times)
