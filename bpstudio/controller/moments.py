"""Moments: the plots that show where the run stands, made from looks at its state, each computed once."""

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from bpstudio.controller.looking import Looking
from bpstudio.controller.measuring import Measuring
from bpstudio.controller.run_controller import RunController
from bpstudio.explain.notation import notation
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array
from bpstudio.records import dataclass
from bpstudio.session import nudges
from bpstudio.session.looks import Direction, confusions, loss_line, responses
from bpstudio.session.measures import Group, Probe, Spread, values_of
from bpstudio.session.session import Session
from bpstudio.viewstate import boundary_state, confusion_state, histogram_state, nudge_state, slope_state
from bpstudio.viewstate.activity import executed_operation

SYMBOLS = {
    Spread.WEIGHT: "weights",
    Spread.GRADIENT: "gradients",
    Spread.ACTIVATION: "activations",
    Spread.DELTA: "δ",
}


@dataclass(frozen=True, slots=True)
class MomentChoices:
    """What the user has chosen in the bars of these plots."""

    spread: Spread = Spread.WEIGHT
    layer: int = 1
    direction: Direction | None = Direction.GRADIENT
    """None: one number, which is nudged by ``epsilon``; ``nudged`` with its sample, or what is selected or at work."""
    epsilon: float = 0.1
    nudged: tuple[Address, int] | None = None


class Moments:
    """Makes the states of the plots of one moment."""

    def __init__(self, controller: RunController, measuring: Measuring) -> None:
        self._controller = controller
        self._measuring = measuring
        self._looking = Looking()

    def forget(self) -> None:
        """Another run is open."""
        self._looking.forget()

    def _probe(self, session: Session) -> Probe:
        measurer = self._measuring.measurer
        if measurer is None:
            raise RuntimeError("no run is open")
        return measurer.probe(session.owner, session.spec)

    def slope(self, session: Session, choices: MomentChoices, is_playing: bool) -> "slope_state.SlopeState":
        """The loss along the gradient, or along the update."""
        direction, iteration = choices.direction, session.tape.iteration
        if direction is None:
            raise ValueError("one number is nudged, which moves along nothing")
        key = (session.owner, iteration, direction)

        def make() -> "slope_state.SlopeState":
            line = loss_line(self._probe(session), iteration, session.engine.state(), direction)
            return slope_state.slope_state(session.spec.title, iteration, line, session.owner)

        state: slope_state.SlopeState = self._written("slope", key, make, is_playing)
        return state

    def nudge(self, session: Session, choices: MomentChoices, is_playing: bool) -> "nudge_state.NudgeState":
        """The loss around one number, with the slope that the backward pass gave."""
        tape, name = session.tape, self._controller.options.notation
        target = choices.nudged or self.at_hand(session)
        if target is None or target[1] >= tape.batch:
            return nudge_state.no_nudge(session.spec.title, tape.iteration)
        key = (session.owner, tape.iteration, *target, choices.epsilon, name)

        def make() -> "nudge_state.NudgeState":
            line = nudges.nudge_line(tape, *target, choices.epsilon)
            return nudge_state.nudge_state(
                session.spec.title, tape.iteration, line, self._controller.symbol, (session.owner, name)
            )

        state: nudge_state.NudgeState = self._written("nudge", key, make, is_playing)
        return state

    def at_hand(self, session: Session) -> tuple[Address, int] | None:
        """What is selected, else what was just written, as a number to nudge, and of which sample."""
        selection, executed = self._controller.selection, executed_operation(session)
        address, sample = selection.selected, selection.sample
        if address is None and executed is not None:
            address, sample = executed.address, executed.sample
        found = None if address is None else nudged_by(address)
        at_work = session.progress.sample if sample is None else sample
        return None if found is None else (found, at_work or 0)

    def confusion(self, session: Session, is_playing: bool) -> "confusion_state.ConfusionState":
        """Which class was taken for which."""
        iteration = session.tape.iteration
        nothing = confusion_state.no_confusion(session.spec, iteration)
        if nothing is not None:
            return nothing

        def make() -> "confusion_state.ConfusionState":
            return confusion_state.confusion_state(
                session.spec, iteration, *confusions(self._probe(session), session.engine.state())
            )

        state: confusion_state.ConfusionState = self._written("confusion", (session.owner, iteration), make, is_playing)
        return state

    def boundary(self, session: Session, is_playing: bool) -> "boundary_state.BoundaryState":
        """What the network and the selected unit answer in the plane of the inputs."""
        iteration, spec, name = session.tape.iteration, session.spec, self._controller.options.notation
        nothing = boundary_state.no_boundary(spec, iteration)
        if nothing is not None:
            return nothing
        selected = selected_unit(self._controller.selection.selected)
        key = (session.owner, iteration)

        def make() -> "boundary_state.BoundaryState":
            found = self._looking.at(
                "responses",
                key,
                lambda: responses(self._probe(session), session.engine.state(), *boundary_state.extent_of(spec)),
                False,
            )
            return boundary_state.boundary_state(spec, iteration, found, selected, name, session.owner)

        state: boundary_state.BoundaryState = self._written("boundary", (*key, selected, name), make, is_playing)
        return state

    def histogram(self, session: Session, choices: MomentChoices, is_playing: bool) -> "histogram_state.HistogramState":
        """How a layer's values are spread over the run, and here."""
        measurer, tape = self._measuring.measurer, session.tape
        if measurer is None:
            raise RuntimeError("no run is open")
        layer = min(choices.layer, session.spec.network.depth)
        where = (layer, choices.spread)
        names = notation(self._controller.options.notation, session.spec)
        revision = measurer.recorders[Group.SPREAD].revision
        key = (session.owner, tape.iteration, where, revision, names.layer_name(layer))

        def make() -> "histogram_state.HistogramState":
            label = f"{SYMBOLS[choices.spread]} of {names.layer_name(layer)}"
            return histogram_state.histogram_state(
                f"{label[0].upper()}{label[1:]}: {session.spec.title}",
                label,
                where,
                tape.iteration,
                max(session.iteration, session.losses.count),
                measurer.table(Group.SPREAD),
                values_of(tape, *where),
                self._looking.at("before", (*key[:2], where), lambda: self._before(session, where), False),
                (session.owner, revision),
            )

        state: histogram_state.HistogramState = self._written("histogram", key, make, is_playing)
        return state

    def _written(self, kind: str, key: Hashable, make: Callable[[], Any], is_playing: bool) -> Any:
        """The state of a plot, kept or made, with its numbers as they are written in the window."""
        return replace(self._looking.at(kind, key, make, is_playing), numbers=self._controller.options.numbers)

    def _before(self, session: Session, where: tuple[int, Spread]) -> tuple[int, Array] | None:
        """All values at the last kept state before where the run stands."""
        measurer = self._measuring.measurer
        here = session.tape.iteration
        for part in reversed(session.kept):
            earlier = [n for n in part.iterations if n < here]
            if part.fork <= here - 1 and session.kept_state(part.branch, here - 1) is not None:
                earlier.append(here - 1)
            if earlier and measurer is not None:
                state = session.kept_state(part.branch, earlier[-1])
                if state is not None:
                    tape = measurer.probe(part.branch, part.spec).tape(earlier[-1], state)
                    return earlier[-1], values_of(tape, *where).copy()
        return None


NUDGED_BY = {
    Quantity.PRE_ACTIVATION: (
        Quantity.PRE_ACTIVATION,
        Quantity.ACTIVATION,
        Quantity.DELTA,
        Quantity.SLOPE,
    ),
    Quantity.ACTIVATION: (Quantity.ERROR,),
    Quantity.WEIGHT: (
        Quantity.WEIGHT,
        Quantity.WEIGHT_GRADIENT,
        Quantity.SAMPLE_WEIGHT_GRADIENT,
        Quantity.WEIGHT_STEP,
        Quantity.WEIGHT_STATE,
    ),
    Quantity.BIAS: (
        Quantity.BIAS,
        Quantity.BIAS_GRADIENT,
        Quantity.SAMPLE_BIAS_GRADIENT,
        Quantity.BIAS_STEP,
        Quantity.BIAS_STATE,
    ),
}


def nudged_by(address: Address) -> Address | None:
    """What has to be nudged to test a number: z for a δ or a unit, the weight for its gradient; None for a loss."""
    if address.layer is None or not address.indices:
        return None
    if address.layer == 0:
        return address
    found = next((name for name, numbers in NUDGED_BY.items() if address.quantity in numbers), None)
    return (
        None if found is None else Address(found, address.layer, address.indices[: 2 if found.is_weight_shaped else 1])
    )


def selected_unit(address: Address | None) -> tuple[int, int] | None:
    """Layer and unit of a selection that is a unit behind the input."""
    if address is None or not address.layer or len(address.indices) != 1:
        return None
    is_unit = address.quantity in (Quantity.ACTIVATION, Quantity.PRE_ACTIVATION, Quantity.DELTA, Quantity.BIAS)
    return (address.layer, address.indices[0]) if is_unit else None
