"""The settings of a run as a form asks for them: where each stands in a run file, what it takes, and when it matters."""

from enum import StrEnum

from bpstudio.files.run_document import OPTIMIZER_KEYS, SCHEDULE_KEYS
from bpstudio.model.spec import (
    EpsilonPlace,
    InitializerName,
    LossName,
    MomentumForm,
    OptimizerName,
    Order,
    Reduction,
    ScheduleName,
    Summation,
    UpdateRule,
)
from bpstudio.records import dataclass


class FieldKind(StrEnum):
    """What may be typed or chosen."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole number"
    CHOICE = "choice"
    TRUTH = "yes or no"


class FieldGroup(StrEnum):
    """Under which heading a setting stands."""

    START = "Start"
    LOSS = "Loss and penalty"
    OPTIMIZER = "Optimizer"
    TRAINING = "Training"


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. ``place`` is its path in a run file; ``matters``: the choice it belongs to and the values that ask for it.

    ``usual`` is what it holds when nothing else is known; an empty text leaves an optional one out.
    """

    place: str
    label: str
    kind: FieldKind
    group: FieldGroup
    tip: str
    usual: str = ""
    choices: tuple[str, ...] = ()
    matters: tuple[str, frozenset[str]] | None = None
    is_optional: bool = False
    placeholder: str = ""


K, G = FieldKind, FieldGroup


def _choice(place: str, label: str, group: FieldGroup, names: type[StrEnum], tip: str, usual: str) -> Field:
    return Field(place, label, K.CHOICE, group, tip, usual, tuple(name.value for name in names))


def _rules_with(key: str) -> tuple[str, frozenset[str]]:
    return "optimizer.name", frozenset(name.value for name, keys in OPTIMIZER_KEYS.items() if key in keys)


def _schedules_with(key: str) -> tuple[str, frozenset[str]]:
    return "optimizer.schedule.name", frozenset(name.value for name, keys in SCHEDULE_KEYS.items() if key in keys)


def _rule_number(key: str, label: str, tip: str, usual: str) -> Field:
    return Field(f"optimizer.{key}", label, K.NUMBER, G.OPTIMIZER, tip, usual, matters=_rules_with(key))


def _schedule_number(key: str, label: str, kind: FieldKind, tip: str, usual: str) -> Field:
    place = f"optimizer.schedule.{key}"
    return Field(place, label, kind, G.OPTIMIZER, tip, usual, matters=_schedules_with(key))


FIELDS: tuple[Field, ...] = (
    Field("title", "&Title", K.TEXT, G.START, "What the run is called"),
    _choice(
        "initializer.name",
        "&Initializer",
        G.START,
        InitializerName,
        "How weights are drawn from the seed; biases start at 0",
        "glorot_uniform",
    ),
    Field("initializer.scale", "Scale", K.NUMBER, G.START, "Multiplies every weight that is drawn", "1.0"),
    Field(
        "seed", "S&eed", K.WHOLE, G.START, "Decides every random number of the run: the same seed, the same bits", "0"
    ),
    _choice("loss.name", "&Loss", G.LOSS, LossName, "What is to become small", "binary_cross_entropy"),
    Field("loss.factor", "Factor", K.NUMBER, G.LOSS, "Multiplies the loss of each sample", "1.0"),
    _choice("loss.reduction", "Over the batch", G.LOSS, Reduction, "Mean or sum of the samples' losses", "mean"),
    Field("penalty.l2", "L2 penalty", K.NUMBER, G.LOSS, "Adds this times the sum of squared weights", "0.0"),
    Field(
        "penalty.l1", "L1 penalty", K.NUMBER, G.LOSS, "Adds this times the sum of the weights' absolute values", "0.0"
    ),
    _choice("optimizer.name", "&Optimizer", G.OPTIMIZER, OptimizerName, "How gradients become changes", "sgd"),
    Field("optimizer.learning_rate", "Learning &rate", K.NUMBER, G.OPTIMIZER, "α, the size of a step", "0.5"),
    _rule_number("beta", "Momentum β", "How much of the velocity is kept", "0.9"),
    Field(
        "optimizer.form",
        "Form",
        K.CHOICE,
        G.OPTIMIZER,
        "Which of the four ways in which books write momentum",
        "classic",
        tuple(form.value for form in MomentumForm),
        _rules_with("form"),
    ),
    _rule_number("gamma", "Decay γ", "How much of the mean square is kept", "0.99"),
    _rule_number("beta1", "β₁", "How much of the mean is kept", "0.9"),
    _rule_number("beta2", "β₂", "How much of the mean square is kept", "0.999"),
    _rule_number("epsilon", "ε", "Keeps the division away from 0", "1e-08"),
    Field(
        "optimizer.epsilon_place",
        "ε stands",
        K.CHOICE,
        G.OPTIMIZER,
        "Whether ε is added outside or inside the root",
        "outside",
        tuple(place.value for place in EpsilonPlace),
        _rules_with("epsilon_place"),
    ),
    _rule_number("weight_decay", "Weight decay", "How strongly weights are drawn towards 0", "0.0"),
    Field(
        "optimizer.clip_norm",
        "Clip norm",
        K.NUMBER,
        G.OPTIMIZER,
        "A gradient with a larger norm is scaled down to it; empty: never",
        is_optional=True,
        placeholder="never",
    ),
    _choice(
        "optimizer.schedule.name", "Schedule", G.OPTIMIZER, ScheduleName, "How the rate changes with time", "constant"
    ),
    _schedule_number("every", "Every", K.WHOLE, "After how many iterations the rate is multiplied", "100"),
    _schedule_number("factor", "By factor", K.NUMBER, "What the rate is multiplied by", "0.5"),
    _schedule_number("iterations", "Over", K.WHOLE, "After how many iterations the rate is at its least", "1000"),
    _schedule_number("minimum", "Down to", K.NUMBER, "The least rate", "0.0"),
    Field(
        "training.batch_size",
        "&Batch size",
        K.WHOLE,
        G.TRAINING,
        "Samples for one update; 1 is online training; empty: all of them",
        is_optional=True,
        placeholder="all samples",
    ),
    Field("training.shuffle", "Shuffle", K.TRUTH, G.TRAINING, "Another order of the samples in each epoch", "false"),
    _choice("training.order", "Order", G.TRAINING, Order, "Sample after sample, or layer by layer", "sample_major"),
    _choice(
        "training.update",
        "Update",
        G.TRAINING,
        UpdateRule,
        "All weights at once, or those nearer the output before the error is passed back",
        "simultaneous",
    ),
    _choice(
        "training.summation",
        "Summation",
        G.TRAINING,
        Summation,
        "Sums in scalar order, by BLAS, or as the size of the network suggests",
        "auto",
    ),
)
BY_PLACE = {field.place: field for field in FIELDS}
