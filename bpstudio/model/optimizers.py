"""Optimizers: from gradient to change to new parameters, entry by entry, on flat vectors.

Everything but the clip norm is element-wise, so one entry can be followed alone with the same bits
(:func:`entry_quantities`). ``step`` is new − old, and the update is exactly one addition: parameters + step.

Sources: momentum Polyak 1964, as Sutskever et al. 2013 for nesterov in PyTorch's form; Adagrad Duchi et al. 2011;
RMSprop Tieleman & Hinton 2012; Adam Kingma & Ba 2015, alg. 1; AdamW Loshchilov & Hutter 2019, alg. 2.
"""

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bpstudio.model.plan import Plan, constant
from bpstudio.model.rates import cosine_of_half_turns, whole_power
from bpstudio.model.spec import Array, EpsilonPlace, MomentumForm, OptimizerName, OptimizerSpec, ScheduleName

O = OptimizerName

_SLOTS: dict[OptimizerName, tuple[str, ...]] = {
    O.SGD: (),
    O.MOMENTUM: ("velocity",),
    O.ADAGRAD: ("square",),
    O.RMSPROP: ("square",),
    O.ADAM: ("mean", "square"),
    O.ADAMW: ("mean", "square"),
}


def slot_names(spec: OptimizerSpec) -> tuple[str, ...]:
    """The optimizer's states, each the shape of the parameters."""
    return _SLOTS[spec.name]


def learning_rate_at(spec: OptimizerSpec, iteration: int) -> float:
    """α for the update of ``iteration`` (from 0), by the schedule of the spec."""
    rate, schedule = spec.learning_rate, spec.schedule
    match schedule.name:
        case ScheduleName.CONSTANT:
            return rate
        case ScheduleName.STEP:
            return rate * whole_power(schedule.factor, iteration // schedule.every)
        case ScheduleName.EXPONENTIAL:
            return rate * whole_power(schedule.factor, iteration)
        case ScheduleName.COSINE:
            share = min(iteration, schedule.iterations) / schedule.iterations
            return schedule.minimum + (rate - schedule.minimum) * (1.0 + cosine_of_half_turns(share)) / 2.0


class Rates:
    """The numbers of a rule that change with the iteration."""

    def __init__(self, spec: OptimizerSpec, iteration: int) -> None:
        self.learning_rate = learning_rate_at(spec, iteration)
        self.mean_correction = 1.0 - whole_power(spec.beta1, iteration + 1)
        self.square_correction = 1.0 - whole_power(spec.beta2, iteration + 1)
        self.decay = -self.learning_rate * spec.weight_decay


def has_constant_rates(spec: OptimizerSpec) -> bool:
    """Whether nothing in the rule depends on the iteration."""
    return spec.name not in (O.ADAM, O.ADAMW) and spec.schedule.name is ScheduleName.CONSTANT


def has_gradient_decay(spec: OptimizerSpec) -> bool:
    """Whether weight decay is added to the gradient (adam) instead of the step (adamw)."""
    return spec.name is O.ADAM and spec.weight_decay != 0.0


def clip_factor(norm: float, clip_norm: float) -> float:
    """min(1, clip_norm/‖g‖): what every gradient entry is multiplied with."""
    return 1.0 if norm <= clip_norm else clip_norm / norm


def gradient_norm(gradient: Array, exact: bool = True) -> float:
    """‖g‖₂ of a flat gradient, the squares added in order; fast summation leaves the order to BLAS."""
    if not exact:
        return math.sqrt(float(gradient.dot(gradient)))
    return math.sqrt(float(np.add.accumulate(gradient * gradient)[-1]))


class Optimizer:
    """Moves a slice of the flat parameters; ``calls`` do one update in place after :meth:`prepare`.

    ``parameters``, ``gradient``, ``step`` and each slot are vectors of one length. Entries where ``trainable`` is
    False keep step 0; their gradient must be 0. ``gradient`` is only read.
    """

    def __init__(
        self,
        spec: OptimizerSpec,
        parameters: Array,
        gradient: Array,
        step: Array,
        slots: dict[str, Array],
        trainable: NDArray[np.bool_] | None,
        exact: bool = True,
    ) -> None:
        self.spec = spec
        self._exact = exact
        self._decayed = np.float64(spec.weight_decay) if trainable is None else spec.weight_decay * trainable
        self.parameters, self.step, self.slots = parameters, step, slots
        self.clip_norm_value, self.clip_scale = 0.0, 1.0
        self._raw = gradient
        decays = has_gradient_decay(spec)
        self._gradient = np.empty_like(gradient) if decays or spec.clip_norm is not None else gradient
        self._scratch = np.empty_like(gradient)
        self._rate, self._minus_rate, self._decay = (self._constant(0.0) for _ in range(3))
        self._mean_correction, self._square_correction = self._constant(1.0), self._constant(1.0)
        self._filled: float | None = None
        self._is_adam = spec.name in (O.ADAM, O.ADAMW)
        fixed = None if trainable is None else ~trainable
        self.calls = self._calls(fixed)
        self.prepare(0)

    def prepare(self, iteration: int) -> None:
        """Set the rates for the update of ``iteration``; costs nothing when they are as before."""
        if self._is_adam:
            rates = Rates(self.spec, iteration)
            self._mean_correction.fill(rates.mean_correction)
            self._square_correction.fill(rates.square_correction)
        rate = learning_rate_at(self.spec, iteration)
        if rate != self._filled:
            self._rate.fill(rate)
            self._minus_rate.fill(-rate)
            self._decay.fill(-rate * self.spec.weight_decay)
            self._filled = rate

    def _calls(self, fixed: NDArray[np.bool_] | None) -> Plan:
        plan: Plan = []
        if self.spec.clip_norm is not None:
            plan.append(self._clip)
        elif self._gradient is not self._raw:
            plan.append(partial(np.copyto, self._gradient, self._raw))
        if has_gradient_decay(self.spec):
            plan.append(self._decay_gradient)
        plan += self._rule()
        if fixed is not None:
            plan.append(partial(np.putmask, self.step, fixed, 0.0))
        return [*plan, partial(np.add, self.parameters, self.step, self.parameters)]

    def _clip(self) -> None:
        self.clip_norm_value = gradient_norm(self._raw, self._exact)
        self.clip_scale = clip_factor(self.clip_norm_value, self.spec.clip_norm or 0.0)
        np.multiply(self._raw, self.clip_scale, self._gradient)

    def _decay_gradient(self) -> None:
        self._gradient += self._decayed * self.parameters

    def _constant(self, value: float) -> Array:
        return constant(value, self._raw)

    def _rule(self) -> Plan:
        match self.spec.name:
            case O.SGD:
                return [partial(np.multiply, self._minus_rate, self._gradient, self.step)]
            case O.MOMENTUM:
                return self._momentum()
            case O.ADAGRAD:
                return self._adagrad()
            case O.RMSPROP:
                return self._rmsprop()
            case O.ADAM | O.ADAMW:
                return self._adam()

    def _momentum(self) -> Plan:
        """Velocity first, then the step; see the contract for the four forms."""
        v, g, spec, scratch = self.slots["velocity"], self._gradient, self.spec, self._scratch
        plan: Plan = [partial(np.multiply, self._constant(spec.beta), v, v)]
        match spec.form:
            case MomentumForm.AVERAGE:
                plan.append(partial(np.multiply, self._constant(1.0 - spec.beta), g, scratch))
                plan.append(partial(np.add, v, scratch, v))
            case MomentumForm.VELOCITY:
                plan.append(partial(np.multiply, self._rate, g, scratch))
                plan.append(partial(np.subtract, v, scratch, v))
                return [*plan, partial(np.copyto, self.step, v)]
            case MomentumForm.CLASSIC | MomentumForm.NESTEROV:
                plan.append(partial(np.add, v, g, v))
        if spec.form is MomentumForm.NESTEROV:
            plan.append(partial(np.multiply, self._constant(spec.beta), v, scratch))
            plan.append(partial(np.add, g, scratch, scratch))
            return [*plan, partial(np.multiply, self._minus_rate, scratch, self.step)]
        return [*plan, partial(np.multiply, self._minus_rate, v, self.step)]

    def _adagrad(self) -> Plan:
        s, g, scratch = self.slots["square"], self._gradient, self._scratch
        return [
            partial(np.multiply, g, g, scratch),
            partial(np.add, s, scratch, s),
            *self._over_root(s, g, EpsilonPlace.OUTSIDE),
        ]

    def _rmsprop(self) -> Plan:
        s, g, scratch, spec = self.slots["square"], self._gradient, self._scratch, self.spec
        return [
            partial(np.multiply, self._constant(spec.gamma), s, s),
            partial(np.multiply, g, g, scratch),
            partial(np.multiply, self._constant(1.0 - spec.gamma), scratch, scratch),
            partial(np.add, s, scratch, s),
            *self._over_root(s, g, spec.epsilon_place),
        ]

    def _over_root(self, square: Array, numerator: Array, place: EpsilonPlace) -> Plan:
        """step = (−α·numerator)/(√square + ε), or over √(square + ε)."""
        scratch, epsilon = self._scratch, self._constant(self.spec.epsilon)
        inside = place is EpsilonPlace.INSIDE
        root: Plan = (
            [partial(np.add, square, epsilon, scratch), partial(np.sqrt, scratch, scratch)]
            if inside
            else [partial(np.sqrt, square, scratch), partial(np.add, scratch, epsilon, scratch)]
        )
        return [
            *root,
            partial(np.multiply, self._minus_rate, numerator, self.step),
            partial(np.divide, self.step, scratch, self.step),
        ]

    def _adam(self) -> Plan:
        m, s, g, scratch, spec = self.slots["mean"], self.slots["square"], self._gradient, self._scratch, self.spec
        corrected = np.empty_like(scratch)
        plan: Plan = [
            partial(np.multiply, self._constant(spec.beta1), m, m),
            partial(np.multiply, self._constant(1.0 - spec.beta1), g, scratch),
            partial(np.add, m, scratch, m),
            partial(np.multiply, self._constant(spec.beta2), s, s),
            partial(np.multiply, g, g, scratch),
            partial(np.multiply, self._constant(1.0 - spec.beta2), scratch, scratch),
            partial(np.add, s, scratch, s),
            partial(np.divide, m, self._mean_correction, corrected),
            partial(np.divide, s, self._square_correction, self.step),
            partial(np.sqrt, self.step, scratch),
            partial(np.add, scratch, self._constant(spec.epsilon), scratch),
            partial(np.multiply, self._minus_rate, corrected, self.step),
            partial(np.divide, self.step, scratch, self.step),
        ]
        if spec.name is O.ADAMW:
            plan.append(partial(np.multiply, self._decay, self.parameters, scratch))
            plan.append(partial(np.add, scratch, self.step, self.step))
        return plan


def entry_quantities(
    spec: OptimizerSpec, iteration: int, parameter: float, gradient: float, state: dict[str, float], scale: float = 1.0
) -> dict[str, float]:
    """The inner numbers of one entry's update, in order, with the bits of the vectorised path.

    ``state`` holds the slots before the update, ``scale`` is the clip factor. Keys: `gradient` (after clipping), `decay`,
    `velocity`, `mean`, `square`, `mean_corrected`, `square_corrected`, `step`, `updated`: those the rule has.
    """
    with np.errstate(all="ignore"):
        found = _entry(spec, Rates(spec, iteration), np.float64(parameter), np.float64(gradient), state, scale)
        found["updated"] = parameter + found["step"]
    return {name: float(value) for name, value in found.items()}


def _entry(
    spec: OptimizerSpec, rates: Rates, w: np.float64, g: np.float64, state: dict[str, float], scale: float
) -> dict[str, float]:
    found: dict[str, float] = {}
    if spec.clip_norm is not None:
        g = g * np.float64(scale)
        found["gradient"] = g
    if has_gradient_decay(spec):
        g = g + spec.weight_decay * w
        found["decay"] = g
    rate = np.float64(rates.learning_rate)
    match spec.name:
        case O.SGD:
            return found | {"step": -rate * g}
        case O.MOMENTUM:
            return found | _momentum_entry(spec, rate, g, np.float64(state["velocity"]))
        case O.ADAGRAD:
            square = np.float64(state["square"]) + g * g
            return found | {"square": square, "step": -rate * g / (np.sqrt(square) + spec.epsilon)}
        case O.RMSPROP:
            square = spec.gamma * np.float64(state["square"]) + (1.0 - spec.gamma) * (g * g)
            inside = spec.epsilon_place is EpsilonPlace.INSIDE
            root = np.sqrt(square + spec.epsilon) if inside else np.sqrt(square) + spec.epsilon
            return found | {"square": square, "step": -rate * g / root}
        case O.ADAM | O.ADAMW:
            return found | _adam_entry(spec, rates, w, g, state)


def _momentum_entry(spec: OptimizerSpec, rate: np.float64, g: np.float64, v: np.float64) -> dict[str, float]:
    match spec.form:
        case MomentumForm.CLASSIC:
            v = spec.beta * v + g
            return {"velocity": v, "step": -rate * v}
        case MomentumForm.AVERAGE:
            v = spec.beta * v + (1.0 - spec.beta) * g
            return {"velocity": v, "step": -rate * v}
        case MomentumForm.VELOCITY:
            v = spec.beta * v - rate * g
            return {"velocity": v, "step": v}
        case MomentumForm.NESTEROV:
            v = spec.beta * v + g
            return {"velocity": v, "step": -rate * (g + spec.beta * v)}


def _adam_entry(
    spec: OptimizerSpec, rates: Rates, w: np.float64, g: np.float64, state: dict[str, float]
) -> dict[str, float]:
    mean = spec.beta1 * np.float64(state["mean"]) + (1.0 - spec.beta1) * g
    square = spec.beta2 * np.float64(state["square"]) + (1.0 - spec.beta2) * (g * g)
    mean_corrected = mean / rates.mean_correction
    square_corrected = square / rates.square_correction
    step = -np.float64(rates.learning_rate) * mean_corrected / (np.sqrt(square_corrected) + spec.epsilon)
    found: dict[str, float] = {}
    if spec.name is O.ADAMW:
        found["decay"] = rates.decay * w
        step = found["decay"] + step
    return found | {
        "mean": mean,
        "square": square,
        "mean_corrected": mean_corrected,
        "square_corrected": square_corrected,
        "step": step,
    }
