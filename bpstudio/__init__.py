"""bpstudio: a debugger whose program is backpropagation. The public API; never imports Qt."""

import os

# One BLAS thread, set before NumPy is imported: a second one changes the bits. One hash seed, set before Qt is
# imported: with a random one it writes the same PDF in another order each time.
for _name, _value in (
    ("OPENBLAS_NUM_THREADS", "1"),
    ("OMP_NUM_THREADS", "1"),
    ("MKL_NUM_THREADS", "1"),
    ("QT_HASH_SEED", "0"),
):
    os.environ[_name] = _value

from bpstudio import later  # noqa: E402
from bpstudio.version import __version__  # noqa: E402

later.begin()

from bpstudio import public  # noqa: E402
from bpstudio.errors import AddressError, BpstudioError, NotReachedError, PositionError, RunFileError, SessionFileError  # noqa: E402
from bpstudio.session.breakpoints import StopReason  # noqa: E402

__all__ = [
    "AddressError",
    "BpstudioError",
    "ExplainedOperation",
    "NotReachedError",
    "PositionError",
    "RunFileError",
    "Session",
    "SessionFileError",
    "StopReason",
    "__version__",
    "open",
]
_PUBLISHED = {"ExplainedOperation": "ExplainedOperation", "Session": "Session", "open": "open_session"}
"""Names of the module ``public`` that a window has no use for; `__init__.pyi` tells type checkers what they are."""


def __getattr__(name: str) -> object:
    """Load what is published when it is first asked for."""
    if name not in _PUBLISHED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(public, _PUBLISHED[name])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLISHED})
