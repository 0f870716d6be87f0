"""Guards Qt overrides: an exception inside one must neither abort the process nor go unseen."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")

LOG = logging.getLogger("bpstudio")


def guarded(method: Callable[P, None]) -> Callable[P, None]:
    """Log what an override raises, with its traceback, instead of letting it pass through Qt's C++ code."""

    @functools.wraps(method)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(*args, **kwargs)
        except Exception:  # the outermost edge: above this there is only C++
            LOG.exception("in %s", method.__qualname__)

    return wrapped
