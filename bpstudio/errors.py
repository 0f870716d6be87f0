"""Every error a user can cause, each one sentence long: what, where, and what was expected."""


class BpstudioError(Exception):
    """The parent of all errors that are the input's fault; its text is one sentence for a person."""


class RunFileError(BpstudioError):
    """A run file is wrong; ``place`` names where (`network.layers[1].units`)."""

    def __init__(self, place: str, problem: str) -> None:
        self.place = place
        self.problem = problem
        super().__init__(f"{place}: {problem}" if place else problem)


class SessionFileError(BpstudioError):
    """A session file is damaged, too large, newer than this version, or does not fit together."""


class AddressError(BpstudioError):
    """An address does not name a number of this run (`delta[9][0]`)."""


class PositionError(BpstudioError):
    """A position, iteration or sample lies outside the run."""


class NotReachedError(BpstudioError):
    """A run was to go to where a condition becomes true, and it did not become true."""


class ExportError(BpstudioError):
    """A picture or document could not be written."""


class WeightsError(BpstudioError):
    """A file of weights or gradients cannot be read, or does not fit the network."""
