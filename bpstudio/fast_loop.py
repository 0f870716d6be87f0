"""The optional compiled loop for commands: another process compiles it while NumPy already works, with the same bits.

Compiling takes tens of seconds once per machine; nobody should wait for it, and an interrupt must be seen meanwhile.
"""

import subprocess
import sys
from types import TracebackType

from bpstudio.model import accelerator
from bpstudio.model.spec import RunSpec

COMPILE = "from bpstudio.model import accelerator; raise SystemExit(0 if accelerator.enable() else 1)"
"""What the other process runs; it leaves what it compiled on disk."""
WORTH_COMPILING = 20_000
"""Iterations from which loading the compiled loop pays."""


class FastLoop:
    """A context: inside it, :meth:`take_if_ready` between stretches of work switches to the compiled loop once it exists.

    Leaving the context ends the compiling process. Without the extra, for few iterations, or for a run the loop does not
    cover, nothing happens.
    """

    def __init__(self, spec: RunSpec, iterations: int, command: tuple[str, ...] | None = None) -> None:
        self._is_wanted = iterations > WORTH_COMPILING and accelerator.is_installed() and accelerator.supports(spec)
        self._command = command or (sys.executable, "-c", COMPILE)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "FastLoop":
        if self._is_wanted and not accelerator.is_ready():
            # A session of its own: an interrupt at the terminal is for the command, which then ends this process.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        return self

    def take_if_ready(self) -> None:
        """Load the compiled loop if the other process has made it: half a second, once."""
        if self._process is None or self._process.poll() is None:
            return
        if self._process.returncode == 0:
            accelerator.enable()
        self._process = None

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
