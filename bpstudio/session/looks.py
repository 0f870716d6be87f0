"""Looks at a network from outside of its run: its loss along a line, its confusions, what it answers to any input.

Each evaluates the network with other parameters or inputs on the engine of a Probe; the session stays as it is.
"""

from enum import StrEnum

import numpy as np

from bpstudio.model.spec import Array, RunSpec
from bpstudio.records import dataclass
from bpstudio.session.measures import EXACT_COST, Probe, most_rows

MOST_POINTS, LEAST_POINTS = 61, 9
LINE_PRODUCTS = 15_000_000
"""Multiplications that the loss along a line may cost, if LEAST_POINTS allow."""
GRID_PRODUCTS = 40_000_000
"""And those of a grid of responses."""
BEHIND, BEYOND = 0.5, 2.5
"""How far the line goes to both sides, in lengths of the update."""


class Direction(StrEnum):
    """Along what the loss is looked at."""

    GRADIENT = "against the gradient"
    UPDATE = "along the update"


@dataclass(frozen=True, slots=True)
class LossLine:
    """The loss L(θ + s·d) of an iteration's batch, penalty included: ``losses`` at ``places`` s, (n,) each.

    d is −∂L/∂θ, and s then compares with the learning rate; or it is the update itself, and s = 1 lands on it. ``slope`` is
    that of the tangent at s = 0, ``landing`` the place nearest to where the update lands, ``before`` and ``after`` the loss at
    both ends of the update, ``predicted`` its change by the tangent, ``is_on_line`` whether the update lands on the line.
    """

    direction: Direction
    places: Array
    losses: Array
    slope: float
    landing: float
    before: float
    after: float
    predicted: float
    is_on_line: bool


def loss_line(probe: Probe, iteration: int, state: Array, direction: Direction) -> LossLine:
    """The loss along a line through the parameters of a state, and where the iteration's update lands."""
    engine, size = probe.engine, probe.engine.layout.size
    tape = probe.tape(iteration, state)
    parameters = state[:size].copy()
    gradient, step = engine.applied.copy(), engine.step.copy()
    before, batch = tape.losses.total, tape.batch
    with np.errstate(all="ignore"):
        predicted = float(gradient.dot(step))
        square = float(gradient.dot(gradient))
        way = step if direction is Direction.UPDATE else -gradient
        slope = predicted if direction is Direction.UPDATE else -square
        landing = 1.0 if direction is Direction.UPDATE else (-predicted / square if square > 0.0 else 0.0)
        reach = abs(landing) if np.isfinite(landing) and landing != 0.0 else probe.spec.optimizer.learning_rate
        places = np.linspace(-BEHIND * reach, BEYOND * reach, _points(probe.spec, batch))
        is_on_line = bool(np.allclose(landing * way, step, rtol=1e-9, atol=0.0))
        losses = np.array([engine.measure(parameters + place * way) for place in places.tolist()])
        after = engine.measure(parameters + step)
    return LossLine(direction, places, losses, slope, landing, before, after, predicted, is_on_line)


def _points(spec: RunSpec, batch: int) -> int:
    cost = _weights(spec) * batch * (EXACT_COST if spec.is_exact else 1)
    return int(min(MOST_POINTS, max(LEAST_POINTS, LINE_PRODUCTS // cost)))


def _weights(spec: RunSpec) -> int:
    return sum(m * n for m, n in zip(spec.network.sizes, spec.network.sizes[1:], strict=False))


def confusion(outputs: Array, targets: Array) -> Array:
    """How many rows of each class (rows) were taken for each class (columns), (K, K + 1); the last column is for NaN.

    A row's class is that of its largest number; with one column there are two classes, parted at ½. ``outputs`` and
    ``targets`` are (N, n_L).
    """
    if targets.shape[1] == 1:
        true, said = (targets[:, 0] >= 0.5).astype(int), (outputs[:, 0] >= 0.5).astype(int)
    else:
        true, said = np.argmax(targets, axis=1), np.argmax(outputs, axis=1)
    classes = max(2, targets.shape[1])
    said = np.where(np.isnan(outputs).any(axis=1), classes, said)
    counts = np.zeros((classes, classes + 1))
    np.add.at(counts, (true, said), 1.0)
    return counts


def confusions(probe: Probe, state: Array) -> tuple[Array, Array | None]:
    """The confusions on the training rows and on the held-out ones, (K, K + 1) each; of very many rows an evenly spaced part."""
    data, engine = probe.spec.dataset, probe.engine
    parameters = state[: engine.layout.size]
    found = []
    for inputs, targets in ((data.inputs, data.targets), (data.held_out_inputs, data.held_out_targets)):
        step = max(1, -(-inputs.shape[0] // most_rows(probe.spec)))
        rows = inputs[::step]
        found.append(confusion(engine.respond(parameters, rows)[-1], targets[::step]) if len(rows) else None)
    training, held_out = found
    if training is None:
        raise ValueError("a run has at least one training row")
    return training, held_out


@dataclass(frozen=True, slots=True)
class Responses:
    """Activations of all layers on a grid of two inputs: ``x`` (w,), ``y`` (h,), ``layers[l − 1]`` (h, w, n_l)."""

    x: Array
    y: Array
    layers: tuple[Array, ...]


def grid_size(spec: RunSpec) -> int:
    """Points to a side of the grid: 60, fewer for a network so large that this would hold up the window."""
    cost = _weights(spec) * (EXACT_COST if spec.is_exact else 1)
    return int(min(60, max(16, (GRID_PRODUCTS / cost) ** 0.5)))


def responses(probe: Probe, state: Array, left: float, right: float, bottom: float, top: float) -> Responses:
    """What each unit of a network with two inputs answers in a rectangle of its inputs."""
    engine, count = probe.engine, grid_size(probe.spec)
    x, y = np.linspace(left, right, count), np.linspace(bottom, top, count)
    inputs = np.column_stack([np.tile(x, count), np.repeat(y, count)])
    found = engine.respond(state[: engine.layout.size], inputs)
    return Responses(x, y, tuple(layer.reshape(count, count, -1) for layer in found))
