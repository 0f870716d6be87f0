"""Laying a widget out at once instead of when its turn comes."""

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QGraphicsView, QGraphicsWidget, QWidget


def lay_out_now(widget: QWidget) -> None:
    """Deliver the layout requests of a widget and all within it, from the inside out.

    Not those of the whole program: they may belong to what is just being made or taken away, and Qt crashes.
    """
    for part in (*reversed(widget.findChildren(QWidget)), widget):
        if isinstance(part, QGraphicsView):  # what lies in its scene is laid out by requests as well
            for item in part.items():
                if isinstance(item, QGraphicsWidget):
                    QCoreApplication.sendPostedEvents(item, QEvent.Type.LayoutRequest.value)
        QCoreApplication.sendPostedEvents(part, QEvent.Type.LayoutRequest.value)
