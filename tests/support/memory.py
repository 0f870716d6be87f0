"""How much memory this process has taken at most, whatever the process took that started it."""

import re
import resource
import sys
from pathlib import Path


def peak_bytes() -> int:
    """The largest resident memory so far; ``getrusage`` counts, on Linux, what the parent had before this program began."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
        if found is not None:
            return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
