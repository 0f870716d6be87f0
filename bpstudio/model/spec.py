"""RunSpec and its parts: how a run starts. Frozen, complete; equal specs mean equal runs, to the bit.

A spec is built by the run file reader (which checks every field and names the place of an error) or in tests.
It holds no results.
"""

import itertools
from dataclasses import field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from bpstudio.records import dataclass

Array = NDArray[np.float64]


class ActivationName(StrEnum):
    """The activation functions a run file may name."""

    IDENTITY = "identity"
    SIGMOID = "sigmoid"
    TANH = "tanh"
    RELU = "relu"
    LEAKY_RELU = "leaky_relu"
    ELU = "elu"
    SOFTPLUS = "softplus"
    GELU = "gelu"
    SILU = "silu"
    SOFTMAX = "softmax"


class LossName(StrEnum):
    """The losses a run file may name."""

    SQUARED_ERROR = "squared_error"
    ABSOLUTE_ERROR = "absolute_error"
    HUBER = "huber"
    BINARY_CROSS_ENTROPY = "binary_cross_entropy"
    CROSS_ENTROPY = "cross_entropy"
    OUTPUT_SUM = "output_sum"


class Reduction(StrEnum):
    """How sample losses become the batch loss."""

    MEAN = "mean"
    SUM = "sum"


class OptimizerName(StrEnum):
    """The optimizers a run file may name."""

    SGD = "sgd"
    MOMENTUM = "momentum"
    ADAGRAD = "adagrad"
    RMSPROP = "rmsprop"
    ADAM = "adam"
    ADAMW = "adamw"


class MomentumForm(StrEnum):
    """The four ways books write momentum (contract, section 2)."""

    CLASSIC = "classic"
    AVERAGE = "average"
    VELOCITY = "velocity"
    NESTEROV = "nesterov"


class EpsilonPlace(StrEnum):
    """Where RMSprop adds epsilon: outside or inside the root."""

    OUTSIDE = "outside"
    INSIDE = "inside"


class ScheduleName(StrEnum):
    """How the learning rate changes with the iteration."""

    CONSTANT = "constant"
    STEP = "step"
    EXPONENTIAL = "exponential"
    COSINE = "cosine"


class Order(StrEnum):
    """The sequence of operations: one sample after the other, or each layer for the whole batch."""

    SAMPLE_MAJOR = "sample_major"
    LAYER_MAJOR = "layer_major"


class UpdateRule(StrEnum):
    """Whether all weights change at once, or those nearer the output before the error is passed back."""

    SIMULTANEOUS = "simultaneous"
    OUTPUT_FIRST = "output_first"


class Summation(StrEnum):
    """How weighted sums are added: in scalar order, by BLAS, or chosen by size when the run starts."""

    EXACT = "exact"
    FAST = "fast"
    AUTO = "auto"


class NotationName(StrEnum):
    """How quantities are written."""

    THETA = "theta"
    MATRIX = "matrix"
    NIELSEN = "nielsen"
    CODE = "code"


class InitializerName(StrEnum):
    """How starting weights are drawn; biases start at 0 except for `uniform` and `normal`, which stay 0 too."""

    ZEROS = "zeros"
    UNIFORM = "uniform"
    NORMAL = "normal"
    GLOROT_UNIFORM = "glorot_uniform"
    GLOROT_NORMAL = "glorot_normal"
    HE_UNIFORM = "he_uniform"
    HE_NORMAL = "he_normal"
    LECUN_NORMAL = "lecun_normal"


@dataclass(frozen=True, slots=True)
class BiasSpec:
    """Whether a layer has biases and whether training changes them."""

    present: bool = True
    trainable: bool = True


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One layer of units: how many, what they compute. ``alpha`` is used by leaky_relu and elu only."""

    units: int
    activation: ActivationName
    bias: BiasSpec = BiasSpec()
    alpha: float = 0.0


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """Number of inputs and the layers after them; layer l of the run is ``layers[l - 1]``."""

    inputs: int
    layers: tuple[LayerSpec, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units per layer, the input (layer 0) first."""
        return (self.inputs, *(layer.units for layer in self.layers))

    @property
    def depth(self) -> int:
        """L, the number of the output layer."""
        return len(self.layers)

    def layer(self, number: int) -> LayerSpec:
        """Layer ``number``, counted from 1 (layer 0 is the input and has no spec)."""
        return self.layers[number - 1]


@dataclass(frozen=True, slots=True)
class LossSpec:
    """The loss of one sample, times ``factor``, summed over outputs; ``reduction`` is over the batch."""

    name: LossName = LossName.SQUARED_ERROR
    factor: float = 0.5
    reduction: Reduction = Reduction.MEAN


@dataclass(frozen=True, slots=True)
class PenaltySpec:
    """Adds l2·Σw² + l1·Σ|w| once, after the reduction; biases never."""

    l2: float = 0.0
    l1: float = 0.0

    @property
    def is_active(self) -> bool:
        """Whether it changes anything."""
        return self.l1 != 0.0 or self.l2 != 0.0


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """Learning rate as a function of the iteration n (from 0).

    constant: α. step: α·factor^⌊n/every⌋. exponential: α·factor^n.
    cosine: minimum + (α − minimum)·(1 + cos(π·min(n, iterations)/iterations))/2.
    """

    name: ScheduleName = ScheduleName.CONSTANT
    every: int = 1
    factor: float = 1.0
    iterations: int = 1
    minimum: float = 0.0


@dataclass(frozen=True, slots=True)
class OptimizerSpec:
    """The rule that turns gradients into changes; fields a rule does not use keep their defaults."""

    name: OptimizerName = OptimizerName.SGD
    learning_rate: float = 0.1
    beta: float = 0.9
    form: MomentumForm = MomentumForm.CLASSIC
    gamma: float = 0.9
    epsilon: float = 1e-8
    epsilon_place: EpsilonPlace = EpsilonPlace.OUTSIDE
    beta1: float = 0.9
    beta2: float = 0.999
    weight_decay: float = 0.0
    clip_norm: float | None = None
    schedule: ScheduleSpec = ScheduleSpec()


@dataclass(frozen=True, slots=True)
class InitializerSpec:
    """How to draw starting weights from the seed; ``scale`` multiplies them."""

    name: InitializerName = InitializerName.GLOROT_UNIFORM
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainingSpec:
    """Batches and their order. ``batch_size`` None means all samples; 1 is online training."""

    batch_size: int | None = None
    shuffle: bool = False
    order: Order = Order.SAMPLE_MAJOR
    update: UpdateRule = UpdateRule.SIMULTANEOUS
    summation: Summation = Summation.AUTO


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Samples as rows. ``inputs`` (N, n_0) and ``targets`` (N, n_L), float64, read-only; training data only.

    ``held_out_inputs`` / ``held_out_targets`` are the rows kept aside (possibly none). Names are labels for people and may
    be empty. Compared by the bytes of its arrays and by its names.
    """

    inputs: Array
    targets: Array
    held_out_inputs: Array
    held_out_targets: Array
    input_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    note: str = ""

    @property
    def count(self) -> int:
        """N, the number of training samples."""
        return int(self.inputs.shape[0])

    def _identity(self) -> tuple[object, ...]:
        arrays = (self.inputs, self.targets, self.held_out_inputs, self.held_out_targets)
        return (*((a.shape, a.tobytes()) for a in arrays), self.input_names, self.target_names, self.note)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dataset) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())


@dataclass(frozen=True, slots=True, eq=False)
class GivenParameters:
    """Starting values written in the file: ``weights[k]`` (n_{k+1}, n_k), ``biases[k]`` (n_{k+1},) or None."""

    weights: tuple[Array, ...]
    biases: tuple[Array | None, ...]

    def _identity(self) -> tuple[object, ...]:
        return (
            tuple((w.shape, w.tobytes()) for w in self.weights),
            tuple(None if b is None else b.tobytes() for b in self.biases),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GivenParameters) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())


@dataclass(frozen=True, slots=True)
class RunSpec:
    """Everything that decides the bits of a run, and its title and notation, which do not."""

    title: str
    network: NetworkSpec
    start: GivenParameters | InitializerSpec
    dataset: Dataset
    loss: LossSpec = LossSpec()
    penalty: PenaltySpec = PenaltySpec()
    optimizer: OptimizerSpec = OptimizerSpec()
    training: TrainingSpec = field(default_factory=TrainingSpec)
    seed: int = 0
    notation: NotationName = NotationName.THETA

    @property
    def batch_size(self) -> int:
        """Samples per full batch; never more than there are samples."""
        size = self.training.batch_size
        return self.dataset.count if size is None else min(size, self.dataset.count)

    @property
    def is_matched_pair(self) -> bool:
        """Whether output activation and loss cancel to δ = factor'·(a − y), computed in its stable form."""
        pair = (self.network.layers[-1].activation, self.loss.name)
        return pair in MATCHED_PAIRS

    @property
    def is_exact(self) -> bool:
        """Whether sums are added in scalar order; `auto` means: exact up to EXACT_LIMIT weights."""
        if self.training.summation is Summation.AUTO:
            sizes = self.network.sizes
            weights = sum(m * n for m, n in itertools.pairwise(sizes))
            return weights <= EXACT_LIMIT
        return self.training.summation is Summation.EXACT


EXACT_LIMIT = 2048
"""Most weights for which `auto` chooses exact summation: below this a scalar-order iteration stays under a millisecond."""

MATCHED_PAIRS = frozenset(
    {
        (ActivationName.IDENTITY, LossName.SQUARED_ERROR),
        (ActivationName.SIGMOID, LossName.BINARY_CROSS_ENTROPY),
        (ActivationName.SOFTMAX, LossName.CROSS_ENTROPY),
    }
)
"""Pairs whose output δ is a − y (times 2·factor for squared error, factor otherwise)."""
