"""Optimizers: one entry has the bits of the whole, fixed entries stay, rates follow their schedule; PyTorch's own agree."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bpstudio.model.optimizers import (
    Optimizer,
    clip_factor,
    entry_quantities,
    gradient_norm,
    has_constant_rates,
    learning_rate_at,
    slot_names,
)
from bpstudio.model.passes import Engine
from bpstudio.model.plan import execute
from bpstudio.model.spec import (
    Array,
    BiasSpec,
    EpsilonPlace,
    GivenParameters,
    MomentumForm,
    OptimizerName,
    OptimizerSpec,
    ScheduleName,
    ScheduleSpec,
)
from tests.support.specs import run_spec

O = OptimizerName
SIZE = 24
EXPONENTIAL = ScheduleSpec(ScheduleName.EXPONENTIAL, factor=0.97)
STEP = ScheduleSpec(ScheduleName.STEP, every=7, factor=0.5)
COSINE = ScheduleSpec(ScheduleName.COSINE, iterations=60, minimum=0.001)
RULES = [
    OptimizerSpec(O.SGD, 0.1),
    *(OptimizerSpec(O.MOMENTUM, 0.02, beta=0.8, form=form) for form in MomentumForm),
    OptimizerSpec(O.ADAGRAD, 0.05, epsilon=1e-10),
    *(OptimizerSpec(O.RMSPROP, 0.01, gamma=0.95, epsilon=1e-6, epsilon_place=place) for place in EpsilonPlace),
    OptimizerSpec(O.ADAM, 0.01),
    OptimizerSpec(O.ADAM, 0.01, weight_decay=0.1),
    OptimizerSpec(O.ADAMW, 0.01),
    OptimizerSpec(O.ADAMW, 0.01, weight_decay=0.1),
]
MANNERS: list[dict[str, Any]] = [
    {},
    {"clip_norm": 0.5},
    {"clip_norm": 1e9},
    {"schedule": EXPONENTIAL},
    {"schedule": STEP},
    {"schedule": COSINE, "clip_norm": 0.3},
]
ALL = [replace(rule, **manner) for rule, manner in itertools.product(RULES, MANNERS)]


def name_of(spec: OptimizerSpec) -> str:
    form = {O.MOMENTUM: spec.form.value, O.RMSPROP: spec.epsilon_place.value}.get(spec.name, str(spec.weight_decay))
    return f"{spec.name.value}-{form}-{spec.clip_norm}-{spec.schedule.name.value}"


class Driven:
    """An optimizer on its own buffers; gradients are those of a bowl, disturbed, so that signs and sizes change."""

    def __init__(self, spec: OptimizerSpec, trainable: np.ndarray | None = None, size: int = SIZE) -> None:
        self.random = np.random.default_rng(15)
        self.spec = spec
        self.parameters = self.random.normal(size=size)
        self.gradient, self.step = np.zeros(size), np.full(size, np.nan)
        self.slots = {name: np.zeros(size) for name in slot_names(spec)}
        self.trainable = trainable
        self.optimizer = Optimizer(spec, self.parameters, self.gradient, self.step, self.slots, trainable)

    def draw(self) -> None:
        self.gradient[:] = self.parameters + self.random.normal(size=self.gradient.size)
        if self.trainable is not None:
            self.gradient[~self.trainable] = 0.0

    def update(self, iteration: int) -> None:
        self.optimizer.prepare(iteration)
        with np.errstate(all="ignore"):
            execute(self.optimizer.calls)


def same(left: Array, right: float) -> bool:
    return float(left).hex() == right.hex()


@pytest.mark.parametrize("spec", ALL, ids=name_of)
def test_one_entry_has_the_bits_of_the_whole_for_a_hundred_updates(spec: OptimizerSpec) -> None:
    run = Driven(spec)
    for iteration in range(100):
        run.draw()
        before, old = run.parameters.copy(), {name: slot.copy() for name, slot in run.slots.items()}
        gradient = run.gradient.copy()
        scale = 1.0 if spec.clip_norm is None else clip_factor(gradient_norm(gradient), spec.clip_norm)
        run.update(iteration)
        assert run.gradient.tobytes() == gradient.tobytes()  # only read
        for k in range(SIZE):
            state = {name: float(slot[k]) for name, slot in old.items()}
            found = entry_quantities(spec, iteration, float(before[k]), float(gradient[k]), state, scale)
            assert same(run.step[k], found["step"])
            assert same(run.parameters[k], found["updated"])
            assert found["updated"] == float(before[k]) + found["step"]
            for name, slot in run.slots.items():
                assert same(slot[k], found[name])


@pytest.mark.parametrize("spec", ALL, ids=name_of)
def test_quantities_are_those_of_the_rule_in_order(spec: OptimizerSpec) -> None:
    state = dict.fromkeys(slot_names(spec), 0.0)
    keys = list(entry_quantities(spec, 0, 1.0, 1.0, state))
    order = ("gradient", "decay", "velocity", "mean", "square", "mean_corrected", "square_corrected", "step", "updated")
    assert keys == [name for name in order if name in keys]
    assert ("gradient" in keys) == (spec.clip_norm is not None)
    assert ("decay" in keys) == (spec.name is O.ADAMW or spec.weight_decay != 0.0)
    assert ("mean_corrected" in keys) == ("square_corrected" in keys) == (spec.name in (O.ADAM, O.ADAMW))


@pytest.mark.parametrize("spec", ALL, ids=name_of)
def test_entries_that_are_not_trained_keep_their_bits(spec: OptimizerSpec) -> None:
    trainable = np.arange(SIZE) % 3 != 0
    run, whole = Driven(spec, trainable), Driven(spec)
    start = run.parameters.copy()
    for iteration in range(20):
        run.draw()
        whole.gradient[:] = run.gradient
        run.update(iteration)
        whole.update(iteration)
        assert not run.step[~trainable].any()
    assert run.parameters[~trainable].tobytes() == start[~trainable].tobytes()
    assert (run.parameters[trainable] != start[trainable]).all()
    # and the others move as if nothing were fixed: the gradients of fixed entries are 0, so the norm is the same
    assert run.parameters[trainable].tobytes() == whole.parameters[trainable].tobytes()


@pytest.mark.parametrize("spec", [rule for rule in ALL if rule.clip_norm is None], ids=name_of)
def test_an_optimizer_per_layer_moves_as_one_for_all(spec: OptimizerSpec) -> None:
    whole, parts = Driven(spec), Driven(spec)
    slices = [slice(0, 5), slice(5, 6), slice(6, SIZE)]
    optimizers = [
        Optimizer(
            spec,
            parts.parameters[s],
            parts.gradient[s],
            parts.step[s],
            {name: slot[s] for name, slot in parts.slots.items()},
            None,
        )
        for s in slices
    ]
    for iteration in range(20):
        whole.draw()
        parts.gradient[:] = whole.gradient
        whole.update(iteration)
        for optimizer in optimizers:
            optimizer.prepare(iteration)
            execute(optimizer.calls)
    assert parts.parameters.tobytes() == whole.parameters.tobytes()
    assert parts.step.tobytes() == whole.step.tobytes()


@pytest.mark.parametrize("spec", ALL, ids=name_of)
def test_prepare_may_jump_to_any_iteration(spec: OptimizerSpec) -> None:
    """Seeking goes back in time: rates must not depend on what was prepared before."""
    run, fresh = Driven(spec), Driven(spec)
    run.draw()
    fresh.gradient[:] = run.gradient
    for iteration in (500, 0, 77, 3):
        run.optimizer.prepare(iteration)
    run.update(3)
    fresh.update(3)
    assert run.parameters.tobytes() == fresh.parameters.tobytes()


# Clipping


def test_a_clipped_gradient_has_the_norm_asked_for() -> None:
    run = Driven(OptimizerSpec(O.SGD, 1.0, clip_norm=0.25))
    run.draw()
    run.update(0)
    assert gradient_norm(run.step) == pytest.approx(0.25, rel=1e-14)
    np.testing.assert_allclose(run.step, -run.gradient * (0.25 / gradient_norm(run.gradient)), rtol=1e-14)
    assert run.optimizer.clip_norm_value == gradient_norm(run.gradient)
    assert run.optimizer.clip_scale == 0.25 / run.optimizer.clip_norm_value


def test_a_short_gradient_is_left_alone() -> None:
    assert clip_factor(1.0, 1.0) == 1.0
    assert clip_factor(0.0, 1.0) == 1.0
    assert clip_factor(4.0, 1.0) == 0.25
    assert math.isnan(clip_factor(math.nan, 1.0))


def test_the_norm_adds_squares_in_order() -> None:
    gradient = np.random.default_rng(16).normal(size=500) * 10.0 ** np.random.default_rng(17).integers(-8, 8, 500)
    total = 0.0
    for value in gradient.tolist():
        total += value * value
    assert gradient_norm(gradient) == math.sqrt(total)


# Schedules


def rates(schedule: ScheduleSpec, iterations: list[int]) -> list[float]:
    return [learning_rate_at(OptimizerSpec(learning_rate=0.5, schedule=schedule), n) for n in iterations]


def test_a_constant_rate_stays() -> None:
    assert rates(ScheduleSpec(), [0, 1, 10**9]) == [0.5, 0.5, 0.5]


def test_steps_fall_every_so_many_iterations() -> None:
    schedule = ScheduleSpec(ScheduleName.STEP, every=3, factor=0.5)
    assert rates(schedule, [0, 1, 2, 3, 5, 6, 9]) == [0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.0625]


def test_an_exponential_rate_falls_every_iteration() -> None:
    schedule = ScheduleSpec(ScheduleName.EXPONENTIAL, factor=0.5)
    assert rates(schedule, [0, 1, 2, 10, 5000]) == [0.5, 0.25, 0.125, 0.5 / 1024, 0.0]


def test_a_cosine_falls_to_its_minimum_and_stays_there() -> None:
    schedule = ScheduleSpec(ScheduleName.COSINE, iterations=100, minimum=0.1)
    found = rates(schedule, [0, 50, 100, 101, 10**9])
    assert found == pytest.approx([0.5, 0.3, 0.1, 0.1, 0.1], rel=1e-14)
    whole = rates(schedule, list(range(101)))
    assert all(left > right for left, right in itertools.pairwise(whole))


@pytest.mark.parametrize("name", [ScheduleName.EXPONENTIAL, ScheduleName.STEP])
def test_a_growing_rate_ends_at_infinity(name: ScheduleName) -> None:
    """A rising rate is how one looks for the largest that works; a run must not end in a traceback."""
    assert rates(ScheduleSpec(name, every=1, factor=2.0), [10, 5000]) == [512.0, math.inf]


def test_rates_are_constant_only_without_schedule_and_bias_correction() -> None:
    assert [spec.name for spec in RULES if not has_constant_rates(spec)] == [O.ADAM, O.ADAM, O.ADAMW, O.ADAMW]
    assert not any(has_constant_rates(replace(spec, schedule=STEP)) for spec in RULES)


# Others' optimizers


def torch_optimizers() -> dict[str, tuple[OptimizerSpec, Callable[[Any, Any], Any]]]:
    """The rules that PyTorch has too, made by PyTorch; built lazily because it may be absent."""
    return {
        "sgd": (OptimizerSpec(O.SGD, 0.1), lambda t, p: t.optim.SGD(p, lr=0.1)),
        "classic": (
            OptimizerSpec(O.MOMENTUM, 0.02, beta=0.8),
            lambda t, p: t.optim.SGD(p, lr=0.02, momentum=0.8),
        ),
        "nesterov": (
            OptimizerSpec(O.MOMENTUM, 0.02, beta=0.8, form=MomentumForm.NESTEROV),
            lambda t, p: t.optim.SGD(p, lr=0.02, momentum=0.8, nesterov=True),
        ),
        "adagrad": (
            OptimizerSpec(O.ADAGRAD, 0.05, epsilon=1e-10),
            lambda t, p: t.optim.Adagrad(p, lr=0.05, eps=1e-10),
        ),
        "rmsprop": (
            OptimizerSpec(O.RMSPROP, 0.01, gamma=0.95, epsilon=1e-6),
            lambda t, p: t.optim.RMSprop(p, lr=0.01, alpha=0.95, eps=1e-6),
        ),
        "adam": (
            OptimizerSpec(O.ADAM, 0.01, beta1=0.8, beta2=0.99),
            lambda t, p: t.optim.Adam(p, lr=0.01, betas=(0.8, 0.99)),
        ),
        "adam with decay": (
            OptimizerSpec(O.ADAM, 0.01, weight_decay=0.1),
            lambda t, p: t.optim.Adam(p, lr=0.01, weight_decay=0.1),
        ),
        "adamw": (
            OptimizerSpec(O.ADAMW, 0.01, weight_decay=0.1),
            lambda t, p: t.optim.AdamW(p, lr=0.01, weight_decay=0.1),
        ),
    }


@pytest.mark.parametrize("name", list(torch_optimizers()))
def test_agrees_with_the_optimizer_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    spec, make = torch_optimizers()[name]
    run = Driven(spec)
    leaf = torch.tensor(run.parameters.copy(), requires_grad=True)
    theirs = make(torch, [leaf])
    for iteration in range(300):
        run.draw()
        leaf.grad = torch.tensor(run.gradient.copy())
        run.update(iteration)
        theirs.step()
        np.testing.assert_allclose(run.parameters, leaf.detach().numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("schedule", "make"),
    [
        (ScheduleSpec(ScheduleName.STEP, every=7, factor=0.3), lambda t, o: t.StepLR(o, 7, 0.3)),
        (ScheduleSpec(ScheduleName.EXPONENTIAL, factor=0.97), lambda t, o: t.ExponentialLR(o, 0.97)),
        (ScheduleSpec(ScheduleName.COSINE, iterations=80, minimum=0.01), lambda t, o: t.CosineAnnealingLR(o, 80, 0.01)),
    ],
    ids=["step", "exponential", "cosine"],
)
def test_agrees_with_the_schedule_of_pytorch(schedule: ScheduleSpec, make: Callable[[Any, Any], Any]) -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler = make(torch.optim.lr_scheduler, theirs)
    for iteration in range(80):
        assert learning_rate_at(OptimizerSpec(learning_rate=0.5, schedule=schedule), iteration) == pytest.approx(
            theirs.param_groups[0]["lr"], rel=1e-12
        )
        theirs.step()
        scheduler.step()


def test_decay_of_adam_leaves_the_state_of_a_fixed_bias_alone() -> None:
    biases = (BiasSpec(present=True, trainable=False), BiasSpec())
    rule = OptimizerSpec(OptimizerName.ADAM, 0.1, weight_decay=0.5)
    spec = run_spec((2, 3, 1), biases=biases, optimizer=rule)
    given = GivenParameters((np.ones((3, 2)), np.ones((1, 3))), (np.full(3, 4.0), np.zeros(1)))
    engine = Engine(replace(spec, start=given))
    engine.iterate(5)
    state, size = engine.state(), engine.layout.size
    for slot in (1, 2):
        assert np.all(engine.layout.biases(state[slot * size : (slot + 1) * size], 1) == 0.0)
        assert np.all(engine.layout.weights(state[slot * size : (slot + 1) * size], 1) != 0.0)


def test_fast_summation_takes_the_norm_by_blas() -> None:
    gradient = np.random.default_rng(0).normal(size=1001)
    assert gradient_norm(gradient, exact=False) == math.sqrt(float(gradient.dot(gradient)))
    assert gradient_norm(gradient, exact=False) == pytest.approx(gradient_norm(gradient), rel=1e-14)
