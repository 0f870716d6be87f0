"""The status line: where the run stands, fact by fact."""

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QStatusBar, QWidget

from bpstudio.look.guard import guarded
from bpstudio.look.steady_label import SteadyLabel
from bpstudio.viewstate.status_state import StatusState

FIELDS = ("epoch", "iteration", "sample", "pass_", "position", "loss", "quality", "seed", "summation", "history")
TIPS = {
    "epoch": "How often all samples have been used",
    "iteration": "Updates made so far",
    "sample": "The sample of the batch at work",
    "pass_": "The pass of the next operation",
    "position": "Operations executed since the start",
    "loss": "The loss of this iteration once it is computed; before that the sample's, or that of the iteration before",
    "quality": "Loss and accuracy on the rows held out of training, before this iteration's update",
    "seed": "Decides every random number of the run",
    "history": "Memory of the checkpoints, and its budget; ✓: states derived again match theirs; ⚠: damaged ones were made anew",
    "summation": "How weighted sums are added: in order, or by BLAS",
}

IMPORTANCE = ("position", "iteration", "sample", "loss", "pass_", "epoch", "quality", "summation", "seed", "history")
"""What stays longest where there is no room for all."""
GAP = 8


class StatusLine(QStatusBar):
    """Shows a StatusState on the right and messages on the left; what has no room is in the tip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setMinimumWidth(200)  # else large text would make the window wider than its screen
        self._state: StatusState | None = None
        self.labels: dict[str, SteadyLabel] = {}
        self.background = SteadyLabel("status-background")
        self.background.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.background.setToolTip("Work in the background: nothing waits for it")
        self.background.hide()
        self.addWidget(self.background)
        for name in FIELDS:
            label = SteadyLabel(f"status-{name.strip('_')}")
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            label.setToolTip(TIPS[name])
            self.labels[name] = label
            self.addPermanentWidget(label)
        self.messageChanged.connect(lambda _text: self._fit())

    def apply(self, state: StatusState) -> None:
        """Show ``state``; the same again does nothing."""
        if state == self._state:
            return
        self._state = state
        for name, label in self.labels.items():
            label.show_text(getattr(state, name))
        self._fit()

    def _fit(self) -> None:
        """Hide the least important facts until the others, and a message, have room."""
        room = self.width() - 2 * GAP - (self.background.sizeHint().width() if self.background.isVisible() else 0)
        if self.currentMessage():
            room -= self.fontMetrics().horizontalAdvance(self.currentMessage()) + 2 * GAP
        hidden = []
        for name in IMPORTANCE:
            label = self.labels[name]
            if not label.text():
                label.hide()
                continue
            room -= label.sizeHint().width() + GAP
            label.setVisible(room >= 0)
            if room < 0:
                hidden.append(label.text())
        self.setToolTip("\n".join(hidden))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has room for more or fewer."""
        super().resizeEvent(event)
        self._fit()

    @guarded
    def changeEvent(self, event: QEvent) -> None:
        """Another size of text."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            QTimer.singleShot(0, self, self._fit)  # the labels learn of the font after their parent

    def tell_background(self, words: str) -> None:
        """Say what goes on in the background; nothing with an empty text."""
        self.background.show_text(words)
        self.background.setVisible(bool(words))
