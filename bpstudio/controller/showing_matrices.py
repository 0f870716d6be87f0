"""ShowingMatrices: which layer's arrays are shown, and their states, made only while the panel is in sight."""

from PySide6.QtCore import QObject, Signal

from bpstudio.session.session import Session
from bpstudio.viewstate import matrices_state
from bpstudio.viewstate.selection import Selection, ViewOptions


class ShowingMatrices(QObject):
    """Holds what the panel has asked for; each state goes on from the one before and copies only what is new."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_open = False
        self._layer: int | None = None
        self._last: matrices_state.MatricesState | None = None

    def reset(self) -> None:
        """Another run: follow the operation again."""
        self._layer = self._last = None

    def open(self, is_open: bool) -> None:
        """Make states from now on, or none."""
        if is_open != self._is_open:
            self._is_open, self._last = is_open, None
            self.changed.emit()

    def choose(self, layer: int | None) -> None:
        """Show one layer, or with None that of the operation."""
        if layer != self._layer:
            self._layer = layer
            self.changed.emit()

    def state(
        self, session: Session, selection: Selection, options: ViewOptions
    ) -> "matrices_state.MatricesState | None":
        """The arrays of now; None while nobody looks."""
        if not self._is_open:
            return None
        self._last = matrices_state.build_matrices_state(session, selection, options, self._layer, self._last)
        return self._last
