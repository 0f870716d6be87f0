"""File dialogs, all made here: what Qt's own does wrong is mended once."""

from PySide6.QtWidgets import QFileDialog, QFileSystemModel, QWidget


def file_dialog(parent: QWidget | None, title: str, folder: str = "") -> QFileDialog:
    """A file dialog that looks at a folder when it opens it, and does not follow what others change in it meanwhile.

    Qt's model of a watched folder takes rows away that its view still knows; it warns of invalid indices, or worse.
    """
    dialog = QFileDialog(parent, title, folder)
    model = dialog.findChild(QFileSystemModel)  # none where the system has a dialog of its own
    if model is not None:
        model.setOption(QFileSystemModel.Option.DontWatchForChanges, True)
    return dialog
