"""The window's actions: each with its menu, key, icon, tooltip and status line, in one table."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolBar, QToolButton, QWidget

from bpstudio.intents import Move
from bpstudio.look.icons import IconName, icon
from bpstudio.records import dataclass
from bpstudio.viewstate.theme import Theme


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action: name, text, keys, tip, icon and menu."""

    name: str
    text: str
    keys: tuple[str, ...]
    tip: str
    icon: IconName | None = None


MOVES: dict[Move, ActionSpec] = {
    Move.INTO: ActionSpec(
        "into",
        "Step &into",
        ("F11",),
        "Run the first part of what lies ahead: one operation at level unit",
        IconName.STEP_INTO,
    ),
    Move.OVER: ActionSpec(
        "over",
        "Step &over",
        ("F10",),
        "Run to the next boundary of the current level",
        IconName.STEP_OVER,
    ),
    Move.OUT: ActionSpec(
        "out",
        "Step o&ut",
        ("Shift+F11",),
        "Run to the end of the enclosing block",
        IconName.STEP_OUT,
    ),
    Move.BACK_INTO: ActionSpec(
        "back-into",
        "Step back i&nto",
        ("Alt+F11",),
        "Take back the last part: one operation at level unit",
        IconName.STEP_INTO_BACK,
    ),
    Move.BACK_OVER: ActionSpec(
        "back-over",
        "Step back o&ver",
        ("Alt+F10",),
        "Go back to the last boundary of the current level",
        IconName.STEP_OVER_BACK,
    ),
    Move.BACK_OUT: ActionSpec(
        "back-out",
        "Step back ou&t",
        ("Alt+Shift+F11",),
        "Go back to the start of the enclosing block",
        IconName.STEP_OUT_BACK,
    ),
    Move.EPOCH_END: ActionSpec(
        "epoch-end",
        "Run to the &end of the epoch",
        ("Ctrl+F5",),
        "Train at full speed until all samples have been used",
        IconName.TO_END,
    ),
    Move.START: ActionSpec(
        "start",
        "Back to the &start",
        ("Ctrl+Home",),
        "Go to the start of the run",
        IconName.TO_START,
    ),
}

RUN = {
    "play": ActionSpec(
        "play", "&Continue", ("F5",), "Run to the next breakpoint; without one, play at the chosen speed", IconName.PLAY
    ),
    "play-back": ActionSpec(
        "play-back",
        "Continue &backwards",
        ("Alt+F5",),
        "Go back to the last breakpoint before; without one, to the start of the run",
        IconName.PLAY_BACK,
    ),
    "pause": ActionSpec("pause", "&Pause", ("F6",), "Hold where the run stands", IconName.PAUSE),
    "stop": ActionSpec("stop", "S&top", ("Shift+F5",), "End playing and any long move", IconName.STOP),
    "go-to": ActionSpec("go-to", "&Go to…", ("Ctrl+G",), "Go to an iteration, a position or an epoch"),
    "bookmark": ActionSpec("bookmark", "Boo&kmark…", ("Ctrl+K",), "Keep this position with a name and a note"),
    "next-bookmark": ActionSpec(
        "next-bookmark", "&Next bookmark", ("Ctrl+J",), "Go to the first bookmark after this position"
    ),
    "previous-bookmark": ActionSpec(
        "previous-bookmark",
        "&Previous bookmark",
        ("Alt+Ctrl+J", "Ctrl+Shift+J"),
        "Go to the last bookmark before this position",
    ),
    "back": ActionSpec("back", "&Back to where I was", ("Alt+[",), "Jump to the position before the last jump"),
    "forward": ActionSpec("forward", "&Forward again", ("Alt+]",), "Jump to where the last way back began"),
    "live": ActionSpec(
        "live", "Return to &live", ("Ctrl+End",), "Jump to the furthest point computed", IconName.RETURN_TO_LIVE
    ),
}

DEBUG = {
    "breakpoint": ActionSpec(
        "breakpoint",
        "Set or remove a &breakpoint",
        ("F9",),
        "Stop before the next operation's block at the current level, in every iteration",
        IconName.BREAKPOINT,
    ),
    "new-breakpoint": ActionSpec(
        "new-breakpoint",
        "&New breakpoint…",
        ("Ctrl+F9",),
        "Stop at a condition, a write, a place, or when something goes wrong",
        IconName.BREAKPOINT_CONDITION,
    ),
    "run-to-here": ActionSpec(
        "run-to-here",
        "&Run to here",
        ("Ctrl+F10",),
        "Run to the row marked in the outline, or to where what is selected works next; stops at hits on the way",
        IconName.RUN_TO_HERE,
    ),
    "run-back-to-here": ActionSpec(
        "run-back-to-here",
        "Run b&ack to here",
        ("Alt+Ctrl+F10", "Ctrl+Shift+F10"),
        "Run back to the row marked in the outline, or to where what is selected worked last; stops at hits on the way",
        IconName.RUN_TO_HERE_BACK,
    ),
    "next-hit": ActionSpec("next-hit", "Ne&xt hit", ("Ctrl+.",), "Run to the next hit", IconName.NEXT_HIT),
    "previous-hit": ActionSpec(
        "previous-hit", "&Previous hit", ("Ctrl+,",), "Go back to the last hit before", IconName.PREVIOUS_HIT
    ),
    "why": ActionSpec(
        "why",
        "&Why this number?",
        ("F4",),
        "What the selected number, or the one just written, was made of, back to inputs and initial weights",
    ),
    "test": ActionSpec(
        "test-delta",
        "&Test this δ",
        ("Ctrl+F4",),
        "Nudge the selected number, or the one just written, and see the loss move by δ · ε; the run stays where it is",
    ),
    "hunt": ActionSpec(
        "hunt",
        "&Origin of what is not finite",
        ("Shift+F4",),
        "Go from NaN or infinity to the operation that made it; again: to the first operand that grew past a million",
        IconName.EXCEPTION,
    ),
    "change": ActionSpec(
        "change",
        "&Change the selected number…",
        ("F2",),
        "Give a weight, a bias or an input another value: the run goes on as a branch",
        IconName.EDIT,
    ),
    "optimizer": ActionSpec(
        "optimizer",
        "Change the &optimizer…",
        ("Ctrl+F2",),
        "Go on with another update rule or learning rate, as a branch",
        IconName.BRANCH,
    ),
    "watch": ActionSpec(
        "watch",
        "&Watch an expression…",
        ("Ctrl+Shift+W",),
        "Follow a number or expression over the run",
        IconName.WATCH,
    ),
}

WRITES = {
    "next-write": ActionSpec(
        "next-write",
        "Next &write",
        ("Ctrl+PgDown",),
        "Run to the next operation that writes the selected number, or the one just written",
    ),
    "previous-write": ActionSpec(
        "previous-write",
        "Previous w&rite",
        ("Ctrl+PgUp",),
        "Go back to the last operation before that wrote the selected number, or the one just written",
    ),
    "first-write": ActionSpec(
        "first-write",
        "&First write",
        ("Ctrl+Shift+PgUp",),
        "Go to the first operation of the run that wrote the number",
    ),
}

BRANCHES = {
    "switch": ActionSpec("switch-branch", "Next &branch", ("Ctrl+Shift+B",), "Go to the next branch in the list"),
    "compare": ActionSpec(
        "compare",
        "Co&mpare branches",
        ("Ctrl+M",),
        "Colour the edges by how their weights differ from the other branch; again: show the weights",
        IconName.COMPARE,
    ),
    "difference": ActionSpec(
        "difference",
        "First &difference",
        ("Ctrl+Shift+M",),
        "Go to the first operation whose number differs from the other branch",
        IconName.NEXT_HIT,
    ),
}

PANELS = {
    title: ActionSpec(f"panel-{title.lower()}", f"&{number} {title}", (f"Alt+{number}",), tip)
    for number, (title, tip) in enumerate(
        {
            "Program": "Go to the outline of the program",
            "Inspector": "Go to the formula and the numbers of the operation",
            "Why": "Go to what the number in question was made of",
            "Breakpoints": "Go to the list of breakpoints",
            "Watches": "Go to the watched expressions",
            "Branches": "Go to the list of branches",
            "Log": "Go to what breakpoints have written",
            "Loss": "Go to the loss curves",
            "Matrices": "Go to the arrays of the layer and the table of shapes",
        }.items(),
        start=1,
    )
}
"""In the order of their numbers; ``Alt+0`` is the network."""

PLOTS = {
    title: ActionSpec(f"plot-{title.lower().replace(' ', '-')}", f"&{number} {title}", (f"Ctrl+{number}",), tip)
    for number, (title, tip) in enumerate(
        {
            "Loss": "Show the loss of each iteration, held out and smoothed",
            "Accuracy": "Show the share of rows classified right",
            "Norms": "Show the size of gradients and updates of each layer",
            "Units": "Show how many units of each layer are dead or saturated",
            "Histograms": "Show how weights, gradients, activations and δ of a layer are spread",
            "Confusion": "Show which class was taken for which",
            "Boundary": "Show the decision boundary in the plane of two inputs, and the response of a unit",
            "Slope": "Show the loss along the gradient, its tangent, and where the update lands",
        }.items(),
        start=1,
    )
}
"""In the order of their numbers."""

BUILD = {
    "build": ActionSpec("build", "&Build the network", ("F7",), "Add, change and remove layers; loss and optimizer"),
    "data": ActionSpec("data", "&Data", ("F8",), "Paint points, edit the table, make data by name, import and export"),
    "import": ActionSpec(
        "import", "&Import data…", ("Ctrl+Shift+I",), "Read rows from a CSV or TSV file", IconName.OPEN
    ),
    "export-data": ActionSpec("export-data", "E&xport data…", (), "Write all rows as a CSV or TSV file"),
    "new": ActionSpec("new", "&New", ("Ctrl+N",), "A blank 2-2-1 network and two points to begin with", IconName.ADD),
    "randomise": ActionSpec("randomise", "&Randomise the weights", (), "Draw other weights: the seed grows by one"),
    "draw-again": ActionSpec("draw-again", "Draw the &same again", (), "Draw the weights from the seed once more"),
    "zero": ActionSpec("zero", "&Zero weights and biases", (), "Start with all weights and biases at 0"),
    "from-now": ActionSpec("from-now", "Start &from the numbers of now", (), "A run that starts where this one stands"),
    "freeze": ActionSpec("freeze", "Free&ze the biases", (), "Training leaves all biases as they are"),
    "thaw": ActionSpec("thaw", "&Train the biases", (), "Training changes the biases of all layers"),
    "save-run": ActionSpec(
        "save-run", "Export the r&un file…", ("Ctrl+Shift+E",), "Write how this run starts as a run file"
    ),
}

MODELS = {
    "import-weights": ActionSpec(
        "import-weights",
        "Import &weights…",
        ("Ctrl+Shift+O",),
        "Start from weights of another program: safetensors, npz, or a network as ONNX",
    ),
    "export-model": ActionSpec(
        "export-model",
        "Export the &model…",
        ("Ctrl+Alt+M",),
        "Write the network and its weights for other programs, or as a script in NumPy or PyTorch",
    ),
}

FILE = {
    "open": ActionSpec("open", "&Open…", ("Ctrl+O",), "Open a session or a run file", IconName.OPEN),
    "save": ActionSpec("save", "&Save", ("Ctrl+S",), "Save the session: run, edits, breakpoints and place"),
    "save-as": ActionSpec("save-as", "Save &as…", ("Ctrl+Shift+S",), "Save the session under another name"),
    "export": ActionSpec(
        "export",
        "&Export…",
        ("Ctrl+E",),
        "Export the figure, a panel, a range of steps, or a worked solution",
        IconName.EXPORT,
    ),
    "export-panel": ActionSpec(
        "export-panel", "Export this &panel…", ("Ctrl+Alt+E",), "Export the panel that has the focus as a picture"
    ),
    "copy": ActionSpec("copy", "&Copy figure", ("Ctrl+Shift+C",), "Copy the figure as a picture", IconName.COPY),
    "preferences": ActionSpec(
        "preferences",
        "&Preferences…",
        ("Ctrl+Shift+P",),
        "Theme, size of text, numbers, narration, memory for the history",
    ),
    "quit": ActionSpec("quit", "&Quit", ("Ctrl+Q",), "Close bpstudio"),
}

EDIT = {
    "undo": ActionSpec("undo", "&Undo", ("Ctrl+Z",), "Take the last edit back"),
    "redo": ActionSpec("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Make the edit that was taken back again"),
}

VIEW = {
    "network": ActionSpec("network", "&0 Network", ("Alt+0",), "Go to the network"),
    "fit": ActionSpec("fit", "&Fit the network", ("Ctrl+0",), "Show the whole network", IconName.FIT),
    "zoom-in": ActionSpec("zoom-in", "Zoom &in", ("Ctrl++", "Ctrl+="), "Make the network larger", IconName.ZOOM_IN),
    "zoom-out": ActionSpec("zoom-out", "Zoom &out", ("Ctrl+-",), "Make the network smaller", IconName.ZOOM_OUT),
    "reset-layout": ActionSpec("reset-layout", "&Reset layout", (), "Put all panels back where they were at first"),
}

FORMULAS = {
    "latex": ActionSpec(
        "copy-latex", "as &LaTeX", ("Ctrl+Alt+L",), "Copy the formula of the operation just executed for LaTeX"
    ),
    "text": ActionSpec(
        "copy-text", "as plain &text", ("Ctrl+Alt+T",), "Copy the formula of the operation just executed as plain text"
    ),
    "numpy": ActionSpec(
        "copy-numpy", "as &NumPy", ("Ctrl+Alt+N",), "Copy the formula of the operation just executed as lines of NumPy"
    ),
}

LOOK = {
    "larger-text": ActionSpec("larger-text", "&Larger text", ("Ctrl+Alt++", "Ctrl+Alt+="), "Make all text larger"),
    "smaller-text": ActionSpec("smaller-text", "S&maller text", ("Ctrl+Alt+-",), "Make all text smaller"),
    "narration": ActionSpec(
        "next-narration", "&Next depth", ("Ctrl+Shift+N",), "Tell the operation in plain words, in formulas, as code"
    ),
}

CANVAS = {
    "focus": ActionSpec(
        "focus",
        "F&ocus on one unit",
        ("Ctrl+Shift+F",),
        "Fade everything but the selected unit, or the one at work, and what it reads",
    ),
    "signals": ActionSpec(
        "signals",
        "Start or st&op them",
        ("Ctrl+Shift+A",),
        "Let signals run along edges at each step, or let nothing move",
    ),
}

HELP = {
    "guide": ActionSpec("guide", "&Guide", ("F1",), "Open the guide"),
    "about": ActionSpec("about", "&About bpstudio", (), "What this is"),
}


class Actions:
    """Makes actions and keeps them by name; ``dress`` gives them the icons of a theme, in menus when one is opened."""

    def __init__(self, owner: QWidget) -> None:
        self._owner = owner
        self._specs: dict[str, ActionSpec] = {}
        self.by_name: dict[str, QAction] = {}
        self._menus: list[QMenu] = []
        self._theme: Theme | None = None
        self._undressed: set[str] = set()

    def add(self, spec: ActionSpec, run: Callable[[], object], menu: QMenu) -> QAction:
        """Make one, put it in its menu, and connect it."""
        action = QAction(spec.text, self._owner)
        action.setObjectName(spec.name)
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        keys = f" ({spec.keys[0]})" if spec.keys else ""
        action.setToolTip(f"{spec.tip}{keys}")
        action.setStatusTip(spec.tip)
        action.triggered.connect(lambda _checked=False: run())
        menu.addAction(action)
        if menu not in self._menus:
            self._menus.append(menu)
            menu.aboutToShow.connect(self.dress_menus)
        self._owner.addAction(action)
        self._specs[spec.name] = spec
        self.by_name[spec.name] = action
        return action

    def dress(self, theme: Theme) -> None:
        """Icons in the colours of the theme: at once in tool bars, in menus when one is opened; a start shows none of those."""
        self._theme = theme
        self._undressed = {name for name, spec in self._specs.items() if spec.icon is not None}
        self._put_on({name for name in self._undressed if _is_in_sight(self.by_name[name])})

    def dress_menus(self) -> None:
        """A menu is about to be shown."""
        self._put_on(set(self._undressed))

    def _put_on(self, names: set[str]) -> None:
        if self._theme is None:
            return
        self._undressed -= names
        for name in names:
            symbol = self._specs[name].icon
            if symbol is not None:
                self.by_name[name].setIcon(icon(symbol, self._theme))


def _is_in_sight(action: QAction) -> bool:
    """Whether an action has a button."""
    return any(isinstance(place, QToolBar | QToolButton) for place in action.associatedObjects())
