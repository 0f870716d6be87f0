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

from bpstudio.errors import AddressError, BpstudioError, NotReachedError, PositionError, RunFileError, SessionFileError  # noqa: E402
from bpstudio.public import ExplainedOperation, Session, open_session  # noqa: E402
from bpstudio.session.breakpoints import StopReason  # noqa: E402

open = open_session  # the published name

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
