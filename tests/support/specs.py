"""Small run specs for tests, and a hypothesis strategy for any run a file can describe."""

import numpy as np
from hypothesis import strategies as st

from bpstudio.model.spec import (
    ActivationName,
    BiasSpec,
    Dataset,
    EpsilonPlace,
    InitializerName,
    InitializerSpec,
    LayerSpec,
    LossName,
    LossSpec,
    MomentumForm,
    NetworkSpec,
    OptimizerName,
    OptimizerSpec,
    Order,
    PenaltySpec,
    Reduction,
    RunSpec,
    ScheduleName,
    ScheduleSpec,
    Summation,
    TrainingSpec,
    UpdateRule,
)

ALPHAS = {ActivationName.LEAKY_RELU: 0.01, ActivationName.ELU: 1.0}


def layer(units: int, activation: ActivationName, bias: BiasSpec | None = None) -> LayerSpec:
    """A layer with the activation's usual alpha."""
    return LayerSpec(units, activation, bias or BiasSpec(), ALPHAS.get(activation, 0.0))


def dataset(samples: int, inputs: int, outputs: int, loss: LossName, seed: int = 0) -> Dataset:
    """Random rows with targets that suit the loss."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(samples, inputs))
    if loss is LossName.CROSS_ENTROPY:
        targets = np.eye(outputs)[random.integers(0, outputs, samples)]
    else:
        targets = random.uniform(0.05, 0.95, size=(samples, outputs))
    none = np.empty((0, inputs)), np.empty((0, outputs))
    return Dataset(features, targets, *none)


def run_spec(
    sizes: tuple[int, ...] = (2, 3, 2),
    activations: tuple[ActivationName, ...] | None = None,
    *,
    samples: int = 3,
    loss: LossName = LossName.SQUARED_ERROR,
    reduction: Reduction = Reduction.MEAN,
    penalty: PenaltySpec | None = None,
    optimizer: OptimizerSpec | None = None,
    training: TrainingSpec | None = None,
    biases: tuple[BiasSpec, ...] | None = None,
    seed: int = 0,
) -> RunSpec:
    """A run with random start and data; everything is a pure function of the arguments."""
    names = activations or (ActivationName.SIGMOID,) * (len(sizes) - 1)
    given = biases or (BiasSpec(),) * (len(sizes) - 1)
    layers = tuple(layer(n, a, b) for n, a, b in zip(sizes[1:], names, given, strict=True))
    factor = 0.5 if loss is LossName.SQUARED_ERROR else 1.0
    return RunSpec(
        title="test",
        network=NetworkSpec(sizes[0], layers),
        start=InitializerSpec(InitializerName.GLOROT_UNIFORM),
        dataset=dataset(samples, sizes[0], sizes[-1], loss, seed),
        loss=LossSpec(loss, factor, reduction),
        penalty=penalty or PenaltySpec(),
        optimizer=optimizer or OptimizerSpec(OptimizerName.SGD, 0.1),
        training=training or TrainingSpec(),
        seed=seed,
    )


def optimizers() -> st.SearchStrategy[OptimizerSpec]:
    """Every optimizer in every form, with and without clipping, decay and schedules."""
    schedules = st.sampled_from(
        [
            ScheduleSpec(),
            ScheduleSpec(ScheduleName.STEP, every=2, factor=0.5),
            ScheduleSpec(ScheduleName.EXPONENTIAL, factor=0.9),
            ScheduleSpec(ScheduleName.COSINE, iterations=7, minimum=0.001),
        ]
    )
    return st.builds(
        OptimizerSpec,
        name=st.sampled_from(list(OptimizerName)),
        learning_rate=st.sampled_from([0.01, 0.1, 0.5]),
        form=st.sampled_from(list(MomentumForm)),
        epsilon_place=st.sampled_from(list(EpsilonPlace)),
        weight_decay=st.sampled_from([0.0, 0.01]),
        clip_norm=st.sampled_from([None, None, 0.05]),
        schedule=schedules,
    )


@st.composite
def run_specs(draw: st.DrawFn, most_units: int = 4, most_samples: int = 5) -> RunSpec:
    """Any small run: depth 1 to 3, every activation, loss, optimizer, order and batch."""
    sizes = tuple(draw(st.lists(st.integers(1, most_units), min_size=2, max_size=4)))
    depth = len(sizes) - 1
    names = tuple(draw(st.lists(st.sampled_from(list(ActivationName)), min_size=depth, max_size=depth)))
    bias_specs = st.sampled_from([BiasSpec(), BiasSpec(True, False), BiasSpec(False, False)])
    biases = tuple(draw(st.lists(bias_specs, min_size=depth, max_size=depth)))
    update = draw(st.sampled_from(list(UpdateRule)))
    optimizer = draw(optimizers())
    if update is UpdateRule.OUTPUT_FIRST and optimizer.clip_norm is not None:
        update = UpdateRule.SIMULTANEOUS
    samples = draw(st.integers(1, most_samples))
    training = TrainingSpec(
        batch_size=draw(st.one_of(st.none(), st.integers(1, samples))),
        shuffle=draw(st.booleans()),
        order=draw(st.sampled_from(list(Order))),
        update=update,
        summation=draw(st.sampled_from([Summation.EXACT, Summation.FAST])),
    )
    return run_spec(
        sizes,
        names,
        samples=samples,
        loss=draw(st.sampled_from(list(LossName))),
        reduction=draw(st.sampled_from(list(Reduction))),
        penalty=draw(st.sampled_from([PenaltySpec(), PenaltySpec(l2=0.01), PenaltySpec(l1=0.01, l2=0.1)])),
        optimizer=optimizer,
        training=training,
        biases=biases,
        seed=draw(st.integers(0, 2**31)),
    )
