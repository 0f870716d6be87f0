"""Pictures of each example in the real window: light and dark, two sizes, forward and backward; and two figures."""

import logging
import sys
import tempfile
from pathlib import Path

import bpstudio  # isort: skip  (before Qt: it fixes the hash seed)
from building_pictures import building_pictures
from notation_pictures import notation_pictures
from plot_pictures import plot_pictures
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from settled_pictures import take
from small_pictures import shrink
from walk_pictures import walk_pictures

from bpstudio import resources
from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.export.figure import build_figure
from bpstudio.export.picture import figure_bytes, write_figure
from bpstudio.export.presets import Look
from bpstudio.files.examples import example_names
from bpstudio.model.spec import NotationName
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportFormat
from bpstudio.viewstate.selection import ThemeName, ViewOptions
from bpstudio.viewstate.theme import DARK, LIGHT
from bpstudio.window import MainWindow

SIZES = ((1366, 768), (1920, 1080))
THEMES = (ThemeName.LIGHT, ThemeName.DARK)
TRAINED = {"iris": 240, "xor": 400, "moons": 300, "digits": 100}


def last_hidden(session: Session, pass_: Pass, kind: OperationKind) -> int:
    """The position behind an operation of the last hidden layer's first unit, in the current iteration."""
    layer = max(1, session.spec.network.depth - 1)
    entry = 0 if kind is OperationKind.MULTIPLY_ADD else None
    entry = session.spec.network.sizes[layer - 1] - 1 if entry is not None else None
    found = session.program.position_of(session.iteration, pass_, layer, kind, entry=entry)
    if found is None:
        raise LookupError(f"no {kind} in this run")
    return found + 1


def show_moment(window: MainWindow, pass_: Pass) -> None:
    """Go to a telling moment of the pass."""
    session = window.controller.session
    if session is None:
        raise RuntimeError("nothing is open")
    kind = OperationKind.MULTIPLY_ADD if pass_ is Pass.FORWARD else OperationKind.DELTA
    window.controller.seek_position(last_hidden(session, pass_, kind))
    QTest.qWait(30)


def train(window: MainWindow, iterations: int) -> None:
    """Compute that many iterations at full speed, as the user would."""
    window.controller.run_to(iterations)
    while window.controller.is_running:
        QTest.qWait(10)


def window_pictures(window: MainWindow, folder: Path) -> None:
    """All window pictures."""
    for name in example_names():
        window.open(name)
        train(window, TRAINED.get(name, 0))
        for width, height in SIZES:
            window.resize(width, height)
            window.reset_layout()
            for theme in THEMES:
                window.set_theme(theme)
                for pass_ in (Pass.FORWARD, Pass.BACKWARD):
                    show_moment(window, pass_)
                    path = folder / f"{name}-{theme.value.replace('_', '-')}-{width}x{height}-{pass_.value}.png"
                    take(window, path)


def figures(folder: Path) -> None:
    """The two hidden deltas of the theta text, and the matrix form, as figures."""
    for example, notation, theme in (
        ("two-layer-deltas", NotationName.THETA, LIGHT),
        ("matrix-form", NotationName.MATRIX, LIGHT),
        ("two-layer-deltas", NotationName.THETA, DARK),
    ):
        session = bpstudio.open(example)
        session.seek(position=last_hidden(session, Pass.BACKWARD, OperationKind.DELTA))
        figure = build_figure(session, ViewOptions(notation=notation))
        name = f"figure-{example}-{'dark' if theme is DARK else 'light'}.png"
        write_figure(folder / name, figure_bytes(figure, ExportFormat.PNG, Look(theme)))


def main() -> int:
    """Make everything; returns the exit code."""
    logging.basicConfig(level=logging.WARNING)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else resources.path("help", "images")
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication(["bpstudio"])
    application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    with tempfile.TemporaryDirectory() as scratch:
        window = make_window(Settings(Path(scratch) / "settings.ini"))
        window.show()
        window_pictures(window, folder)
        figures(folder)
        notation_pictures(folder)
        plot_pictures(window, folder)
        building_pictures(window, folder)
        walk_pictures(window, folder)
        window.close()
    for path in sorted(folder.glob("*.png")):
        shrink(path)
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
