"""Pictures of the plots, each as it is saved from its menu."""

from pathlib import Path

from PySide6.QtTest import QTest

from bpstudio.export.picture import png_bytes, write_figure
from bpstudio.export.widget_picture import widget_image
from bpstudio.model.address import Address, Quantity
from bpstudio.plots.plot_panel import PlotPanel
from bpstudio.viewstate.selection import ThemeName
from bpstudio.window import MainWindow


def train(window: MainWindow, iterations: int) -> None:
    """Compute that many iterations at full speed, as the user would."""
    window.controller.run_to(iterations)
    while window.controller.is_running:
        QTest.qWait(10)


def plot_pictures(window: MainWindow, folder: Path) -> None:
    """Each kind of plot as it is saved from its menu."""
    plots = window.plots
    window.set_theme(ThemeName.LIGHT)
    window.open("iris")
    train(window, 600)
    plots.choose(smoothing=20)
    for name, panel in (
        ("loss", plots.loss),
        ("accuracy", plots.accuracy),
        ("norms", plots.norms),
        ("histograms", plots.histograms),
        ("confusion", plots.confusion),
    ):
        save_plot(window, panel, folder / f"plot-{name}.png")
    window.open("matrix-form")
    save_plot(window, plots.slope, folder / "plot-slope.png")
    window.open("xor")
    train(window, 400)
    window.controller.select(Address(Quantity.ACTIVATION, 1, (0,)))
    save_plot(window, plots.boundary, folder / "plot-boundary.png")


def save_plot(window: MainWindow, panel: PlotPanel, path: Path) -> None:
    """Bring a plot into sight, wait until its past is measured, and save it, smaller than people would."""
    dock = window.plots.docks[panel.kind.title]
    dock.show()
    dock.raise_()
    QTest.qWait(100)
    while window.plots.measuring.progress < 1.0:
        QTest.qWait(20)
    figure = panel.figure((720, 300))
    if figure is None:
        raise RuntimeError(f"the plot {panel.kind.title} is empty")
    write_figure(path, png_bytes(widget_image(figure)))
    figure.deleteLater()
