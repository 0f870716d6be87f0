"""The main screens as people with protanopia and deuteranopia see them, and in greyscale: to be looked at, four to a sheet."""

import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bpstudio.app import make_window
from bpstudio.controller.settings import Settings
from bpstudio.export.picture import png_bytes, write_figure
from bpstudio.export.widget_picture import widget_image
from bpstudio.look.drawing import draw_text
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.viewstate.selection import EdgeMode, ThemeName
from bpstudio.window import MainWindow

Pixels = NDArray[np.float64]

PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
"""Machado, Oliveira & Fernandes 2009, A physiologically-based model for simulation of color vision deficiency, IEEE TVCG 15(6),
table of matrices for severity 1.0; applied to linear RGB."""
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
"""The same source."""
LUMINANCE = ((0.2126, 0.7152, 0.0722),) * 3
"""What a grey printer leaves: relative luminance (ITU-R BT.709) in all three channels."""
VISIONS = {"protanopia": PROTANOPIA, "deuteranopia": DEUTERANOPIA, "greyscale": LUMINANCE}
HEADING = 34


def linear(values: Pixels) -> Pixels:
    """sRGB 0 to 1 to linear light (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encoded(values: Pixels) -> Pixels:
    """Linear light to sRGB 0 to 1; what no screen can show is clipped."""
    inside = np.clip(values, 0.0, 1.0)
    return np.where(inside <= 0.0031308, 12.92 * inside, 1.055 * inside ** (1.0 / 2.4) - 0.055)


def seen(pixels: Pixels, matrix: tuple[tuple[float, ...], ...]) -> Pixels:
    """Pixels (…, 3), sRGB 0 to 1, as that vision sees them."""
    return encoded(linear(pixels) @ np.array(matrix).T)


def seen_colour(colour: str, matrix: tuple[tuple[float, ...], ...]) -> str:
    """One colour `#rrggbb`."""
    channels = np.array([int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)])
    return "#" + "".join(f"{round(255 * channel):02X}" for channel in seen(channels, matrix))


def seen_image(image: QImage, matrix: tuple[tuple[float, ...], ...]) -> QImage:
    """A whole picture."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    height, width, stride = plain.height(), plain.width(), plain.bytesPerLine()
    raw = np.frombuffer(plain.constBits(), dtype=np.uint8).reshape(height, stride)[:, : 3 * width]
    pixels = raw.reshape(height, width, 3) / 255.0
    changed = np.round(255.0 * seen(pixels, matrix)).astype(np.uint8)
    return QImage(changed.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def sheet(image: QImage) -> QImage:
    """The picture and its three simulations, two by two, each named."""
    parts = {"as it is": image, **{name: seen_image(image, matrix) for name, matrix in VISIONS.items()}}
    width, height = image.width(), image.height() + HEADING
    made = QImage(2 * width, 2 * height, QImage.Format.Format_RGB32)
    made.fill(QColor("#FFFFFF"))
    with QPainter(made) as painter:
        for number, (name, part) in enumerate(parts.items()):
            left, top = number % 2 * width, number // 2 * height
            draw_text(painter, left + 10.0, top + 24.0, name, 18.0, "#1F2328")
            painter.drawImage(QPointF(left, top + HEADING), part)
    return made


def moments(window: MainWindow) -> dict[str, Callable[[], None]]:
    """The screens, and how each is reached."""
    controller = window.controller

    def at(example: str, pass_: Pass, layer: int, kind: OperationKind) -> None:
        window.open(example)
        session = controller.session
        if session is None:
            raise RuntimeError("nothing is open")
        found = session.program.position_of(session.iteration, pass_, layer, kind)
        controller.seek_position((found or 0) + 1)

    def trained() -> None:
        window.open("iris")
        controller.run_to(120)
        while controller.is_running:
            QTest.qWait(10)
        session = controller.session
        if session is not None:
            controller.seek_position(session.position + 400)

    def matrices() -> None:
        trained()
        window._go_to_panel("Matrices")  # the panel's key

    def gradients() -> None:
        at("two-layer-deltas", Pass.BACKWARD, 1, OperationKind.DELTA)
        controller.set_edge_mode(EdgeMode.GRADIENT)

    return {
        "forward": lambda: at("two-layer-deltas", Pass.FORWARD, 2, OperationKind.MULTIPLY_ADD),
        "backward": lambda: at("two-layer-deltas", Pass.BACKWARD, 1, OperationKind.ERROR_MULTIPLY_ADD),
        "gradients": gradients,
        "trained": trained,
        "matrices": matrices,
    }


def main() -> int:
    """Make the sheets in the folder of the command line; returns the exit code."""
    logging.basicConfig(level=logging.WARNING)
    if len(sys.argv) != 2:
        print("usage: scripts/pictures vision FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication(["bpstudio"])
    application.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    with tempfile.TemporaryDirectory() as scratch:
        window = make_window(Settings(Path(scratch) / "settings.ini"))
        window.resize(1366, 768)
        window.show()
        for name, reach in moments(window).items():
            for theme in (ThemeName.LIGHT, ThemeName.DARK, ThemeName.HIGH_CONTRAST):
                window.set_theme(theme)
                window.reset_layout()
                reach()
                QTest.qWait(80)
                write_figure(folder / f"{name}-{theme.value}.png", png_bytes(sheet(widget_image(window))))
                window.controller.set_edge_mode(EdgeMode.WEIGHT)
        window.close()
    print(f"{len(list(folder.glob('*.png')))} sheets in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
