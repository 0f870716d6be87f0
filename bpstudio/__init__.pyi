from bpstudio.errors import AddressError as AddressError
from bpstudio.errors import BpstudioError as BpstudioError
from bpstudio.errors import NotReachedError as NotReachedError
from bpstudio.errors import PositionError as PositionError
from bpstudio.errors import RunFileError as RunFileError
from bpstudio.errors import SessionFileError as SessionFileError
from bpstudio.public import ExplainedOperation as ExplainedOperation
from bpstudio.public import Session as Session
from bpstudio.public import open_session as open
from bpstudio.session.breakpoints import StopReason as StopReason
from bpstudio.version import __version__ as __version__

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
