"""What gradients, optimizer state, changes and weights are made of, term by term; and the losses of the batch."""

from dataclasses import replace

import numpy as np

from bpstudio.explain.reason import Combination, Reason, Terms
from bpstudio.explain.reason_maker import ReasonMaker
from bpstudio.explain.why_terms import gradient_factors, listed
from bpstudio.model.address import Address, Quantity
from bpstudio.model.optimizers import clip_factor, gradient_norm, has_gradient_decay, learning_rate_at, slot_names
from bpstudio.model.penalties import penalty_entry
from bpstudio.model.spec import MomentumForm, OptimizerName, Reduction, UpdateRule
from bpstudio.program.operation import OperationKind, Pass

K = OperationKind
Q = Quantity
C = Combination
O = OptimizerName

_OF_BIAS = (Q.BIAS, Q.BIAS_GRADIENT, Q.BIAS_STEP, Q.BIAS_STATE)


def batch_terms(made: ReasonMaker, address: Address) -> Terms:
    """Terms of a number that the whole batch shares; of a weight or state: as this iteration's update leaves it."""
    with np.errstate(all="ignore"):
        match address.quantity:
            case Q.WEIGHT_GRADIENT | Q.BIAS_GRADIENT:
                return _gradient(made, address)
            case Q.WEIGHT_STEP | Q.BIAS_STEP:
                return _EntryTerms(made, address).step()
            case Q.WEIGHT_STATE | Q.BIAS_STATE:
                return _EntryTerms(made, address).state(address.slot or "")
            case Q.WEIGHT | Q.BIAS:
                return _parameter(made, address)
            case Q.PENALTY:
                return _penalty(made)
            case _:
                return _loss(made, address.quantity)


def _is_mean(made: ReasonMaker) -> bool:
    return made.spec.loss.reduction is Reduction.MEAN and made.tape.batch > 1


def _gradient(made: ReasonMaker, address: Address) -> Terms:
    """Each sample's own gradient, divided where the loss is a mean, and the slope of the penalty."""
    layer, unit = address.layer or 0, address.indices[0]
    is_bias = address.quantity is Q.BIAS_GRADIENT
    entry = made.spec.network.sizes[layer - 1] if is_bias else address.indices[1]
    own = made.tape.gradient_products(layer, unit, entry)
    is_penalized = made.spec.penalty.is_active and not is_bias
    if len(own) == 1 and not is_penalized and not is_bias:
        return gradient_factors(made, layer, unit, entry, 0)
    quantity = Q.SAMPLE_BIAS_GRADIENT if is_bias else Q.SAMPLE_WEIGHT_GRADIENT
    values = own / len(own) if _is_mean(made) else own
    if is_penalized:
        values = np.append(values, _penalty_slope(made, address).value)

    def make(sample: int) -> Reason:
        if sample == len(own):
            return _penalty_slope(made, address)
        return _of_sample(made, Address(quantity, layer, address.indices), sample, float(values[sample]))

    return Terms(values, make, C.SUM, "the mean over the batch" if _is_mean(made) else "the sum over the batch")


def _of_sample(made: ReasonMaker, address: Address, sample: int, share: float) -> Reason:
    """One sample's part of a sum or mean over the batch; ``share`` is its number, divided where it is a mean."""
    key, words, count = f"sample {sample}", made.names.sample_name(sample), made.tape.batch
    own = made.read(address, sample)
    if not _is_mean(made):
        return replace(own, key=key, words=words)
    divisor = made.constant("mean", f"1/{count}", 1.0 / count, f"mean of {count} samples")
    found = made.product(key, share, (own, divisor), own.position, words)
    return replace(found, symbol=f"{own.symbol} / {count}")


def _penalty_slope(made: ReasonMaker, address: Address) -> Reason:
    weight = made.read(replace(address, quantity=Q.WEIGHT))
    value = penalty_entry(made.spec.penalty, weight.value)
    return made.group("penalty", "penalty", value, (weight,), C.FUNCTION, "2·λ₂·w + λ₁·sign(w)")


def _parameter(made: ReasonMaker, address: Address) -> Terms:
    """The old value and the change."""
    step = Q.BIAS_STEP if address.quantity is Q.BIAS else Q.WEIGHT_STEP
    return listed(C.SUM, "old value + change", made.read(address), made.read(replace(address, quantity=step)))


def _penalty(made: ReasonMaker) -> Terms:
    """Every weight's own penalty, layer by layer and row by row."""
    penalty, sizes = made.spec.penalty, made.spec.network.sizes
    arrays = [made.tape.array(Address(Q.WEIGHT, layer)) for layer in range(1, len(sizes))]
    flat = np.concatenate([array.reshape(-1) for array in arrays])
    values = penalty.l2 * flat * flat + penalty.l1 * np.abs(flat)

    def make(index: int) -> Reason:
        layer, value = 1, float(values[index])
        while index >= arrays[layer - 1].size:
            index -= arrays[layer - 1].size
            layer += 1
        weight = made.read(Address(Q.WEIGHT, layer, divmod(index, sizes[layer - 1])))
        return made.group(f"penalty {weight.key}", f"R({weight.symbol})", value, (weight,), C.FUNCTION, "its penalty")

    return Terms(values, make, C.SUM, "λ₂·w² + λ₁·|w| of each weight")


def _loss(made: ReasonMaker, quantity: Quantity) -> Terms:
    if quantity is Q.LOSS and made.spec.penalty.is_active:
        parts = (made.read(Address(Q.DATA_LOSS)), made.read(Address(Q.PENALTY)))
        return listed(C.SUM, "loss of the data + penalty", *parts)
    losses = made.tape.losses.samples
    values = losses / len(losses) if _is_mean(made) else losses

    def make(sample: int) -> Reason:
        return _of_sample(made, Address(Q.SAMPLE_LOSS), sample, float(values[sample]))

    return Terms(values, make, C.SUM, "the mean over the batch" if _is_mean(made) else "the sum over the batch")


class _EntryTerms:
    """One weight or bias on its way through the optimizer's rule."""

    def __init__(self, made: ReasonMaker, address: Address) -> None:
        self.made = made
        self.rule = made.spec.optimizer
        self.is_bias = address.quantity in _OF_BIAS
        self.place = replace(address, slot=None)
        self.rate = learning_rate_at(self.rule, made.iteration)
        self.stage = K.STEP if address.slot is None else K(address.slot)

    def _address(self, weight: Quantity, bias: Quantity, slot: str | None = None) -> Address:
        return Address(bias if self.is_bias else weight, self.place.layer, self.place.indices, slot)

    def _parameter(self) -> Reason:
        return self.made.read(self._address(Q.WEIGHT, Q.BIAS))

    def _slot(self, name: str, is_after: bool) -> Reason:
        address = self._address(Q.WEIGHT_STATE, Q.BIAS_STATE, name)
        return self.made.written(address) if is_after else self.made.read(address)

    def _constant(self, name: str, symbol: str, value: float, words: str = "") -> Reason:
        code = name if self.made.names.is_code else symbol
        return self.made.constant(name, code, value, words or f"setting {name.replace('_', ' ')}")

    def _minus_rate(self) -> Reason:
        letter = self.made.glyphs(self.made.names.learning_rate())
        return self.made.constant("learning_rate", f"−{letter}", -self.rate, "learning rate, downhill")

    def gradient(self) -> Reason:
        """The gradient as the rule sees it: clipped, with adam's weight decay."""
        raw = self.made.read(self._address(Q.WEIGHT_GRADIENT, Q.BIAS_GRADIENT))
        seen = raw
        scale = self._clip_scale()
        if scale is not None:
            factor = self.made.constant("clip", "clip", scale, "clip factor, from the length of the gradient")
            seen = self._product("clip", factor, raw)
        if not has_gradient_decay(self.rule):
            return seen
        decay = self._product("decay", self._constant("weight_decay", "λ", self.rule.weight_decay), self._parameter())
        value = float(np.float64(seen.value) + decay.value)
        return self.made.group("gradient", f"{seen.symbol} + {decay.symbol}", value, (seen, decay), C.SUM, "with decay")

    def _clip_scale(self) -> float | None:
        tape, limit = self.made.tape, self.rule.clip_norm
        if limit is None:
            return None
        applied = np.where(tape.layout.trainable(), tape.vectors.gradient, 0.0)
        if self.made.spec.training.update is UpdateRule.OUTPUT_FIRST:
            applied = applied[tape.layout.slice_of(self.place.layer or 1)]
        return clip_factor(gradient_norm(applied, self.made.spec.is_exact), limit)

    def _product(self, key: str, *factors: Reason) -> Reason:
        value = np.float64(1.0)
        for factor in factors:
            value = value * factor.value
        return self.made.product(key, float(value), factors, self._position(_STAGES.get(key, self.stage)))

    def _position(self, kind: OperationKind) -> int | None:
        entry = self.made.spec.network.sizes[(self.place.layer or 1) - 1] if self.is_bias else self.place.indices[1]
        layer, unit = self.place.layer or 1, self.place.indices[0]
        return self.made.operation_position(Pass.UPDATE, layer, kind, 0, unit, entry)

    # Optimizer state, after the update.

    def state(self, slot: str) -> Terms:
        """Old state and gradient, each with its weight."""
        old, gradient = self._slot(slot, is_after=False), self.gradient()
        if slot == "square":
            return self._square(old, gradient)
        if slot == "mean":
            return self._averaged(old, gradient, self.rule.beta1, "beta1", "β₁")
        match self.rule.form:
            case MomentumForm.AVERAGE:
                return self._averaged(old, gradient, self.rule.beta, "beta", "β")
            case MomentumForm.VELOCITY:
                fresh = self._product("new", self._minus_rate(), gradient)
            case MomentumForm.CLASSIC | MomentumForm.NESTEROV:
                fresh = gradient
        kept = self._product("kept", self._constant("beta", "β", self.rule.beta), old)
        return listed(C.SUM, "what is kept of the past + what is new", kept, fresh)

    def _averaged(self, old: Reason, gradient: Reason, beta: float, name: str, symbol: str) -> Terms:
        kept = self._product("kept", self._constant(name, symbol, beta), old)
        rest = self._constant(f"1 - {name}", f"(1 − {symbol})", 1.0 - beta, f"1 − {symbol}")
        return listed(C.SUM, "a running mean: the past + what is new", kept, self._product("new", rest, gradient))

    def _square(self, old: Reason, gradient: Reason) -> Terms:
        words = "squares of the past + the new one"
        if self.rule.name is O.ADAGRAD:
            return listed(C.SUM, words, old, self._product("new", gradient, gradient))
        is_rmsprop = self.rule.name is O.RMSPROP
        beta, name, symbol = (self.rule.gamma, "gamma", "γ") if is_rmsprop else (self.rule.beta2, "beta2", "β₂")
        kept = self._product("kept", self._constant(name, symbol, beta), old)
        rest = self._constant(f"1 - {name}", f"(1 − {symbol})", 1.0 - beta, f"1 − {symbol}")
        return listed(C.SUM, words, kept, self._product("new", rest, gradient, gradient))

    # The change.

    def step(self) -> Terms:
        """−α times the gradient, or whatever the rule makes of it."""
        if self.is_bias and not self.made.spec.network.layer(self.place.layer or 1).bias.trainable:
            return Terms(np.empty(0), _no_reason, C.NONE, "not trained")
        if self.rule.name is O.MOMENTUM:
            return self._momentum_step()
        if self.rule.name is O.SGD:
            return listed(C.PRODUCT, "downhill, by the learning rate", self._minus_rate(), self.gradient())
        if self.rule.name in (O.ADAGRAD, O.RMSPROP):
            parts = (self._minus_rate(), self.gradient(), self._slot("square", is_after=True))
            return listed(C.FUNCTION, "−α·gradient / √square", *parts)
        return self._adam_step()

    def _momentum_step(self) -> Terms:
        velocity = self._slot("velocity", is_after=True)
        match self.rule.form:
            case MomentumForm.VELOCITY:
                return listed(C.FUNCTION, "the velocity itself", velocity)
            case MomentumForm.NESTEROV:
                ahead = self._product(
                    "velocity", self._minus_rate(), self._constant("beta", "β", self.rule.beta), velocity
                )
                own = self._product("gradient", self._minus_rate(), self.gradient())
                return listed(C.SUM, "downhill + a look ahead along the velocity", own, ahead)
            case MomentumForm.CLASSIC | MomentumForm.AVERAGE:
                return listed(C.PRODUCT, "downhill along the velocity", self._minus_rate(), velocity)

    def _adam_step(self) -> Terms:
        states = tuple(self._slot(name, is_after=True) for name in slot_names(self.rule))
        parts = (self._minus_rate(), *states)
        words = "−α·corrected mean / √corrected square"
        if self.rule.name is O.ADAM:
            return listed(C.FUNCTION, words, *parts)
        decay = self._product(
            "decay", self._minus_rate(), self._constant("weight_decay", "λ", self.rule.weight_decay), self._parameter()
        )
        step = self.made.tape.value(self._address(Q.WEIGHT_STEP, Q.BIAS_STEP))
        moved = self.made.group("adam", "adam", step - decay.value, parts, C.FUNCTION, words)
        return listed(C.SUM, "weight decay + adam's change", moved, decay)


_STAGES = {"clip": K.CLIP, "decay": K.DECAY}
"""Products that are operations of their own."""


def _no_reason(index: int) -> Reason:
    raise IndexError(index)
