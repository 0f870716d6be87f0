"""The pictures of the guide's walk-through: its keys, pressed in the real window, and the window at four of its stages."""

import sys
import tempfile
from pathlib import Path

import bpstudio  # isort: skip  # noqa: F401  (before Qt: it fixes the hash seed)
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from settled_pictures import take

from bpstudio import resources
from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.viewstate.selection import ThemeName
from bpstudio.window import MainWindow

Key = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
UPDATE = "ΔΘ⁽²⁾₁₁ in 133"
MOST_ROWS = 60


class Hands:
    """Presses keys where the focus is, and waits until what they ask for is done."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        self.window = window
        self.folder = folder

    def press(self, key: Key, modifiers: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
        """One key, once or more often."""
        for _ in range(times):
            if QApplication.activeWindow() is None:
                self.window.activateWindow()
                QTest.qWait(20)
            QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)
            controller = self.window.controller
            while controller.long_move.is_under_way or controller.is_running:
                QTest.qWait(5)
            QTest.qWait(5)

    def type(self, text: str) -> None:
        """Words, and Enter."""
        QTest.keyClicks(QApplication.focusWidget(), text)
        self.press(Key.Key_Return)

    def go_to_row(self, symbol: str) -> None:
        """Down in the answer to why, to the row of a number."""
        table = self.window.debug.why.table
        for _ in range(MOST_ROWS):
            if table.chosen_row is not None and table.chosen_row.symbol == symbol:
                return
            self.press(Key.Key_Down)
        raise LookupError(f"no row {symbol}")

    def take(self, name: str) -> None:
        """A picture of the window."""
        take(self.window, self.folder / f"{name}.png")


def walk_pictures(window: MainWindow, folder: Path) -> None:
    """Walk as the guide tells, and take the pictures that it shows."""
    hands = Hands(window, folder)
    window.resize(1366, 768)
    window.reset_layout()
    window.set_theme(ThemeName.LIGHT)
    window.open("xor")
    hands.press(Key.Key_F9, CONTROL)
    hands.type("abs(delta[1][0]) > 0.2")
    hands.press(Key.Key_F5)
    hands.take("walk-stop")
    hands.press(Key.Key_F4)
    for symbol in ("e⁽²⁾₁", "Θ⁽²⁾₁₁·δ⁽³⁾₁"):
        hands.go_to_row(symbol)
        hands.press(Key.Key_Right)
    hands.go_to_row("Θ⁽²⁾₁₁")
    hands.take("walk-why")
    hands.press(Key.Key_Space)
    hands.press(Key.Key_U)
    hands.go_to_row(UPDATE)
    hands.take("walk-updates")
    hands.press(Key.Key_Return)
    hands.press(Key.Key_F2)
    hands.type("0.5")
    hands.press(Key.Key_G, CONTROL)
    hands.type("400")
    hands.press(Key.Key_M, CONTROL)
    hands.press(Key.Key_6, Qt.KeyboardModifier.AltModifier)
    hands.take("walk-compare")


def main() -> int:
    """Make these pictures alone; returns the exit code."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else resources.path("help", "images")
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication(["bpstudio"])
    application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    with tempfile.TemporaryDirectory() as scratch:
        window = make_window(Settings(Path(scratch) / "settings.ini"))
        window.show()
        walk_pictures(window, folder)
        window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
