"""Real windows for tests: made with settings of their own, shown, opened on an example, and closed at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from pytestqt.qtbot import QtBot

from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.session.session import Session
from bpstudio.window import MainWindow

FIRST = "two-layer-deltas"


@contextmanager
def shown_window(qtbot: QtBot, settings: Settings, example: str = FIRST) -> Iterator[MainWindow]:
    """A window with the focus, on an example."""
    made = make_window(settings)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.open(example)
    yield made
    made.close()


def session_of(window: MainWindow) -> Session:
    """What is open in a window."""
    session = window.controller.session
    assert session is not None
    return session
