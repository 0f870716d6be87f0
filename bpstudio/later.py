"""Which modules load when they are first used, not when they are imported: what the window's first picture can do without.

Importing one of them, `from bpstudio.panels import dialogs`, costs next to nothing; its code runs when an attribute of it is
first asked for, `dialogs.GoToDialog`. So imports stand at the top of a file, where the type checker and the contracts see them,
and a start reads half as many modules. Whoever is loaded at the start imports such a module itself, never names out of it, and
quotes it in annotations, which Python would look up at once.

Threads may use them: one runs the code, the others wait until it is done. (Those of `importlib.util.LazyLoader` see half of it.)
The finder and the loader have the methods that Python asks for, not the base classes of `importlib.abc`, which brings others
along.
"""

import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import Any

LATE = tuple(
    f"bpstudio.{name}"
    for name in (
        "controller.acceleration",
        "panels.why_panel",
        "panels.breakpoints_panel",
        "panels.watches_panel",
        "panels.condition_field",
        "panels.branches_panel",
        "panels.log_panel",
        "panels.matrices_panel",
        "viewstate.matrices_state",
        "explain.why",
        "explain.paths",
        "explain.weight_story",
        "explain.nan_hunt",
        "session.origins",
        "session.conditions",
        "session.log_text",
        "session.search",
        "session.watching",
        "session.writes",
        "session.differences",
        "session.place_hits",
        "panels.dialogs",
        "panels.help_window",
        "panels.reading_order",
        "panels.breakpoint_editor",
        "panels.edit_dialogs",
        "panels.bookmark_dialog",
        "panels.preferences_dialog",
        "panels.work_dialogs",
        "files.run_draft",
        "files.draft_fields",
        "files.data_edits",
        "files.run_document",
        "viewstate.build_state",
        "viewstate.data_state",
        "panels.build_panel",
        "panels.data_panel",
        "panels.scrolling",
        "panels.import_dialog",
        "files.session_file",
        "files.saved_work",
        "files.journal",
        "files.document_lock",
        "session.stored",
        "controller.saving",
        "viewstate.boundary_state",
        "viewstate.confusion_state",
        "viewstate.histogram_state",
        "viewstate.slope_state",
        "viewstate.nudge_state",
        "session.nudges",
        "model.nudge",
        "files.session_archive",
        "files.model_export",
        "files.model_import",
        "files.onnx_chain",
        "files.weight_file",
        "files.weight_mapping",
        "viewstate.weights_state",
        "panels.weights_dialog",
        "app",
        "export.window_export",
        "export.command",
        "files.gradient_comparison",
        "public",
        "explain.trace",
        "model.check",
        "fast_loop",
        "export.font_cutting",
    )
)
"""In the order in which they are likely to be needed."""
_lock = RLock()
_running: set[str] = set()


class _Waiting(ModuleType):
    """A module whose code has not run, or is running now."""

    def __getattribute__(self, name: str) -> Any:
        """Run the code first."""
        _run(self)
        return ModuleType.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        """Run the code first: it would write over what is set now."""
        _run(self)
        ModuleType.__setattr__(self, name, value)


def _run(module: _Waiting) -> None:
    """Run a module's code, unless this thread is at it; whoever comes meanwhile waits. After an error it waits as before."""
    with _lock:
        if type(module) is not _Waiting:
            return  # another thread has run it meanwhile
        spec: Any = ModuleType.__getattribute__(module, "__spec__")
        if spec.name in _running or not isinstance(spec.loader, _LateLoader):
            return
        _running.add(spec.name)
        try:
            spec.loader.run(module)
            spec.loader = spec.loader.real
            object.__setattr__(module, "__class__", ModuleType)
        finally:
            _running.discard(spec.name)


class _LateLoader:
    """In the place of a module's real loader until its code runs."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> Any:
        """As the real one does."""
        return self.real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing yet."""
        module.__loader__ = self.real
        object.__setattr__(module, "__class__", _Waiting)

    def run(self, module: ModuleType) -> None:
        """Run it now."""
        self.real.exec_module(module)


class _LateFinder:
    """Finds the late modules as everybody does, but lets nothing of them run yet."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        """The module with a loader that waits; None for all others."""
        if fullname not in self._names:
            return None
        spec: Any = PathFinder.find_spec(fullname, path, target)  # its loader need not be one of importlib.abc
        if spec is not None and spec.loader is not None:
            spec.loader = _LateLoader(spec.loader)
        return spec


def begin(names: Iterable[str] = LATE) -> None:
    """From now on these modules wait until they are used."""
    sys.meta_path.insert(0, _LateFinder(names))


def is_waiting(name: str) -> bool:
    """Whether a module was imported and has not been used yet."""
    return type(sys.modules.get(name)) is _Waiting


def load_next() -> bool:
    """Load the next module that waits; False when none does but the last, which takes long and only an export needs."""
    waiting = next((name for name in LATE[:-1] if is_waiting(name)), None)
    if waiting is not None:
        vars(sys.modules[waiting])  # looking into it loads it
    return waiting is not None
