"""Models from outside and back: the dialogs that import weights and export the network, and their menu entries."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMainWindow, QMenu

from bpstudio.controller.building import numbers_of
from bpstudio.controller.run_controller import RunController
from bpstudio.errors import BpstudioError
from bpstudio.files import model_export, model_import, onnx_chain, weight_file, weight_mapping
from bpstudio.look.file_dialogs import file_dialog
from bpstudio.model.parameters import ParameterLayout, starting_vector
from bpstudio.model.spec import RunSpec
from bpstudio.panels import dialogs, weights_dialog
from bpstudio.viewstate import weights_state
from bpstudio.window_actions import MODELS, Actions

WEIGHT_FILES = "Weights and networks (*.safetensors *.npz *.onnx);;All files (*)"
FORMATS: dict[str, tuple[str, str]] = {
    "safetensors, for PyTorch and others (*.safetensors)": (".safetensors", "numpy"),
    "NumPy arrays (*.npz)": (".npz", "numpy"),
    "ONNX (*.onnx)": (".onnx", "numpy"),
    "Run file that starts with these weights (*.json)": (".json", "numpy"),
    "Script in NumPy (*.py)": (".py", "numpy"),
    "Script in PyTorch (*.py)": (".py", "pytorch"),
}


class WindowModels(QObject):
    """Puts both entries into the file menu and leads through what follows."""

    def __init__(self, window: QMainWindow, controller: RunController, actions: Actions, menu: QMenu) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._file: weight_file.WeightFile | None = None
        self._mapping: weight_mapping.Mapping | None = None
        self._network: RunSpec | None = None
        self._dialog: weights_dialog.WeightsDialog | None = None
        before = next(action for action in menu.actions() if action.objectName() == "export")
        made = [
            actions.add(MODELS["import-weights"], self.ask_weights, menu),
            actions.add(MODELS["export-model"], self.ask_model, menu),
        ]
        for action in made:
            menu.removeAction(action)
        menu.insertActions(before, made)

    # Weights from outside.

    def ask_weights(self) -> None:
        """Open the dialog; it asks for a file first."""
        if self._controller.session is None:
            return
        if self._dialog is not None:
            self._dialog.raise_()
            return
        self._file = self._network = self._mapping = None
        dialog = self._dialog = weights_dialog.WeightsDialog(self._window)
        dialog.file_requested.connect(self._ask_file)
        dialog.row_changed.connect(self._change_row)
        dialog.import_requested.connect(self._import)
        dialog.finished.connect(self._forget)
        dialog.show()

    def _forget(self) -> None:
        self._dialog = None

    def _ask_file(self) -> None:
        dialog = file_dialog(self._dialog, "Weights")
        dialog.setObjectName("weights-file-dialog")
        dialog.setNameFilters(WEIGHT_FILES.split(";;"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.open_weights)
        dialog.show()

    def open_weights(self, name: str) -> None:
        """Read what is in a file and show where it would go."""
        session, dialog, path = self._controller.session, self._dialog, Path(name)
        if session is None or dialog is None:
            return
        self._file = self._network = None
        spec = session.start_spec
        try:
            if path.suffix.lower() == ".onnx":
                self._network = onnx_chain.with_onnx(spec, path)
                dialog.apply(weights_state.network_state(path.name, self._network.network))
                return
            self._file = weight_mapping.open_weights(path)
        except BpstudioError as error:
            dialog.apply(weights_state.problem_state(path.name, str(error)))
            return
        self._mapping = weight_mapping.guess_mapping(spec.network, self._file.tensors)
        self._show()

    def _show(self) -> None:
        if self._dialog is not None and self._file is not None and self._mapping is not None:
            self._dialog.apply(weights_state.mapping_state(self._file.path.name, self._mapping, self._file.tensors))

    def _change_row(self, row: int, tensor: str | None, is_turned: bool) -> None:
        if self._mapping is not None:
            self._mapping = self._mapping.with_assignment(row, tensor, is_turned)
            self._show()

    def _import(self) -> None:
        session = self._controller.session
        if session is None:
            return
        spec, name = session.start_spec, ""
        try:
            if self._network is not None:
                spec, name = self._network, "the network"
            elif self._file is not None and self._mapping is not None:
                name = self._file.path.name
                spec = replace(
                    spec, start=weight_mapping.read_parameters(self._file, self._mapping, model_import.start_of(spec))
                )
        except BpstudioError as error:
            dialogs.show_problem(self._window, "These weights could not be imported", str(error))
            return
        self._controller.revise(spec, f"import {name}")
        self._controller.message_shown.emit(f"imported: {name}; undo brings the weights before back")

    # The network for others.

    def ask_model(self) -> None:
        """Ask where to write the network with its weights of this moment, and as what."""
        if self._controller.session is None:
            return
        dialog = file_dialog(self._window, "Export the model")
        dialog.setObjectName("export-model-dialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([words for words in FORMATS if onnx_chain.is_installed() or FORMATS[words][0] != ".onnx"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setDefaultSuffix("safetensors")
        dialog.filterSelected.connect(lambda words: dialog.setDefaultSuffix(FORMATS[words][0][1:]))
        dialog.fileSelected.connect(lambda name: self.write_model(name, FORMATS[dialog.selectedNameFilter()][1]))
        dialog.show()

    def write_model(self, name: str, framework: str = "numpy") -> None:
        """Write the network with the weights of this moment; the end of the name says as what."""
        session = self._controller.session
        if session is None:
            return
        spec = replace(session.start_spec, start=numbers_of(session))
        parameters = starting_vector(spec, ParameterLayout(spec.network))
        write, chosen = model_export.write_model, model_export.Framework(framework)

        def written(error: object) -> None:
            if error is None:
                self._controller.message_shown.emit(f"written: {name}")
            else:
                dialogs.show_problem(self._window, "This could not be written", str(error))

        self._controller.background.submit(lambda: write(Path(name), spec, parameters, chosen), written)
