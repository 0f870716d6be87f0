"""The plots over the whole run: loss, accuracy, norms and idle units; pure functions of a session and its measures."""

from enum import StrEnum

import numpy as np

from bpstudio.explain.notation import notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.quality import is_classifier
from bpstudio.model.spec import ActivationName, Array, NotationName, RunSpec
from bpstudio.records import dataclass
from bpstudio.session.measures import QUALITY_COLUMNS, can_idle, most_rows
from bpstudio.session.recorder import Table
from bpstudio.session.session import Session
from bpstudio.viewstate.plots_state import Line, LinesState, LineStyle, Stroke
from bpstudio.viewstate.smoothing import MovingMean

MOST_OVERLAID = 4


class Norm(StrEnum):
    """What the norms plot shows of each layer."""

    GRADIENT = "gradient norm"
    STEP = "|update| / |weight|"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user has chosen: in the plots' bars, and how layers are called and numbers written.

    ``smoothing`` is in iterations, 0 for none.
    """

    smoothing: int = 0
    is_loss_log: bool = False
    norm: Norm = Norm.GRADIENT
    is_norm_log: bool = True
    notation: NotationName = NotationName.THETA
    numbers: NumberFormat = NumberFormat()


def loss_state(
    session: Session, table: Table | None, choices: Choices, mean: MovingMean, compared: int | None, note: str = ""
) -> LinesState:
    """The loss of every iteration's batch, its moving mean, the loss on held-out rows, and the losses of other branches."""
    branch, values = session.branch, session.losses.values
    revision = (_source(session, branch.key), len(values))
    is_smoothed = choices.smoothing > 1
    raw = LineStyle(Stroke.FAINT) if is_smoothed else LineStyle()
    lines = [Line("loss", "loss", raw, revision, None, values)]
    if is_smoothed:
        means = mean.of(values, choices.smoothing, (session.serial, branch.key))
        name = f"mean of {choices.numbers.count(choices.smoothing)}"
        lines.insert(0, Line("mean", name, LineStyle(), (*revision, choices.smoothing), None, means))
    if table is not None and session.spec.dataset.held_out_inputs.shape[0]:
        name = "held out, without penalty" if session.spec.penalty.is_active else "held out"
        lines.append(_quality_line(table, "held_out_loss", name, 1, _source(session, branch.key)))
    keys = [b.key for b in session.branches if b.key != branch.key]
    names = {b.key: b.name for b in session.branches}
    for key in sorted(keys, key=lambda k: k != compared)[:MOST_OVERLAID]:
        losses = session.losses_of(key)
        style = LineStyle(Stroke.OTHER, key)
        lines.append(Line(f"branch {key}", names[key], style, (_source(session, key), len(losses)), None, losses))
    end = max(session.iteration, *(len(line.y) for line in lines if line.x is None))
    return LinesState(
        f"Loss: {session.spec.title}",
        "iteration",
        "loss",
        tuple(lines),
        session.iteration,
        end,
        is_log=choices.is_loss_log,
        has_zero=True,
        note=note if len(values) else "no iteration computed yet",
        numbers=choices.numbers,
    )


def _source(session: Session, branch: int) -> int:
    """A number for the branch of this very session: other weights make other curves of the same length."""
    return session.serial << 32 | branch


def _quality_line(table: Table, column: str, name: str, index: int, branch: int) -> Line:
    values = table.values[:, QUALITY_COLUMNS.index(column)]
    x = table.iterations.astype(np.float64)
    return Line(column, name, LineStyle(Stroke.OWN, index), _revision(table, branch), x, values)


def _revision(table: Table, branch: int) -> tuple[int, ...]:
    last = int(table.iterations[-1]) if len(table.iterations) else -1
    return (branch, len(table.iterations), last)


def rows_words(spec: RunSpec) -> str:
    """How many of the rows quality is measured on, where it is not all of them."""
    most, count = most_rows(spec), spec.dataset.count
    step = -(-count // most)
    return "" if step <= 1 else f"on every {step}th of {count:,} rows"


def accuracy_state(session: Session, table: Table, choices: Choices, note: str = "") -> LinesState:
    """The share of rows classified right: on the whole training set, on the batch, and on held-out rows."""
    title = f"Accuracy: {session.spec.title}"
    if not is_classifier(session.spec):
        words = "This run does not classify: its loss is no cross-entropy, and its targets are not all 0 or 1."
        return LinesState(title, "iteration", "right", note=words)
    key = _source(session, session.branch.key)
    lines = [_quality_line(table, "training_accuracy", "training set", 0, key)]
    if session.spec.dataset.held_out_inputs.shape[0]:
        lines.append(_quality_line(table, "held_out_accuracy", "held out", 1, key))
    if session.program.batches.per_epoch > 1:
        line = _quality_line(table, "batch_accuracy", "batch", 0, key)
        lines.append(Line(line.key, line.name, LineStyle(Stroke.FAINT), line.revision, line.x, line.y))
    return LinesState(
        title,
        "iteration",
        "right",
        tuple(lines),
        session.iteration,
        _end(session),
        is_percent=True,
        bounds=(0.0, 1.0),
        note=" ".join(part for part in (rows_words(session.spec), note) if part),
        numbers=choices.numbers,
    )


def _end(session: Session) -> int:
    return max(session.iteration, session.losses.count)


def norms_state(session: Session, table: Table, choices: Choices, note: str = "") -> LinesState:
    """Of each layer the norm of its gradient, or how large its change is in relation to its weights."""
    depth, names = session.spec.network.depth, notation(choices.notation, session.spec)
    first = 0 if choices.norm is Norm.GRADIENT else depth
    lines = [
        _layer_line(
            session, table, layer, table.values[:, first + layer - 1], names.layer_name(layer), choices.norm.name
        )
        for layer in range(1, depth + 1)
    ]
    return LinesState(
        f"{choices.norm.value.capitalize()} of each layer: {session.spec.title}",
        "iteration",
        choices.norm.value,
        tuple(lines),
        session.iteration,
        _end(session),
        is_log=choices.is_norm_log,
        has_zero=True,
        note=note,
        numbers=choices.numbers,
    )


def _layer_line(session: Session, table: Table, layer: int, values: Array, name: str, what: str, of: int = 0) -> Line:
    revision = _revision(table, _source(session, session.branch.key))
    x = table.iterations.astype(np.float64)
    return Line(f"{what} {layer}", name, LineStyle(Stroke.OWN, layer - 1), revision, x, values, of)


def units_state(session: Session, table: Table, choices: Choices, note: str = "") -> LinesState:
    """Of each layer that can have such, how many of its units are dead or saturated for the whole batch."""
    title = f"Dead and saturated units: {session.spec.title}"
    lines, names = [], notation(choices.notation, session.spec)
    for layer in range(1, session.spec.network.depth + 1):
        if can_idle(session.spec, layer):
            units = session.spec.network.sizes[layer]
            activation = session.spec.network.layer(layer).activation
            words = "dead" if activation is ActivationName.RELU else "saturated"
            name = f"{names.layer_name(layer)} {words}"
            lines.append(_layer_line(session, table, layer, table.values[:, layer - 1] / units, name, "idle", units))
    if not lines:
        words = "No layer has ReLU, sigmoid or tanh units, which alone can be dead or saturated."
        return LinesState(title, "iteration", "units", note=words)
    return LinesState(
        title,
        "iteration",
        "units",
        tuple(lines),
        session.iteration,
        _end(session),
        is_percent=True,
        bounds=(0.0, 1.0),
        note=note,
        numbers=choices.numbers,
    )
