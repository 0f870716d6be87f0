"""Which modules load when they are first used, not when they are imported: what the window's first picture can do without.

Importing one of them, `from bpstudio.panels import dialogs`, costs next to nothing; its code runs when an attribute of it is
first asked for, `dialogs.GoToDialog`. So imports stand at the top of a file, where the type checker and the contracts see them,
and a start reads half as many modules. Whoever is loaded at the start imports such a module itself, never names out of it, and
quotes it in annotations, which Python would look up at once.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

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
        "explain.trace",
        "model.check",
        "fast_loop",
    )
)
"""In the order in which they are likely to be needed."""


class _LateFinder(MetaPathFinder):
    """Finds the late modules as everybody does, but lets nothing of them run yet."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module with a loader that waits; None for all others."""
        if fullname not in _LATE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


_LATE = frozenset(LATE)


def begin() -> None:
    """From now on late modules wait until they are used."""
    if not any(isinstance(finder, _LateFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _LateFinder())


def is_waiting(name: str) -> bool:
    """Whether a module was imported and has not been used yet."""
    return name in sys.modules and type(sys.modules[name]) is not ModuleType


def load_next() -> bool:
    """Load the next module that waits; False when none does."""
    waiting = next((name for name in LATE if is_waiting(name)), None)
    if waiting is not None:
        vars(sys.modules[waiting])  # looking into it loads it
    return waiting is not None
