"""Writes a RunSpec as a run file document, data inline: reading it again gives the same spec, bit for bit."""

from collections.abc import Callable

from bpstudio.files.run_file import FORMAT, USUAL_ALPHA
from bpstudio.model.spec import (
    Array,
    Dataset,
    GivenParameters,
    LayerSpec,
    LossSpec,
    OptimizerName,
    OptimizerSpec,
    RunSpec,
    ScheduleName,
    ScheduleSpec,
)

N = OptimizerName

OPTIMIZER_KEYS: dict[OptimizerName, tuple[str, ...]] = {
    N.SGD: (),
    N.MOMENTUM: ("beta", "form"),
    N.ADAGRAD: ("epsilon",),
    N.RMSPROP: ("gamma", "epsilon", "epsilon_place"),
    N.ADAM: ("beta1", "beta2", "epsilon", "weight_decay"),
    N.ADAMW: ("beta1", "beta2", "epsilon", "weight_decay"),
}
"""What each rule takes beside its name and learning rate."""
SCHEDULE_KEYS: dict[ScheduleName, tuple[str, ...]] = {
    ScheduleName.CONSTANT: (),
    ScheduleName.STEP: ("every", "factor"),
    ScheduleName.EXPONENTIAL: ("factor",),
    ScheduleName.COSINE: ("iterations", "minimum"),
}


Listed = Callable[[Array, str], object]
"""What stands in the document for an array, given the array and its place."""


def as_list(values: Array, place: str) -> object:
    """The numbers themselves."""
    return values.tolist()


def spec_to_document(spec: RunSpec, listed: Listed = as_list) -> dict[str, object]:
    """Return the run file of a spec as plain dicts, lists, texts and numbers, ready for ``json.dumps``.

    Settings that the chosen rule does not use (beta of sgd, alpha of a sigmoid) are left out.
    """
    return {**settings_document(spec, listed), "data": _data(spec.dataset, listed)}


def settings_document(spec: RunSpec, listed: Listed = as_list) -> dict[str, object]:
    """Return the run file of a spec without its data, which may be large."""
    return {
        "format": FORMAT,
        "title": spec.title,
        "network": {"inputs": spec.network.inputs, "layers": [_layer(layer) for layer in spec.network.layers]},
        **_start(spec, listed),
        "loss": loss_document(spec.loss),
        "penalty": {"l2": spec.penalty.l2, "l1": spec.penalty.l1},
        "optimizer": optimizer_document(spec.optimizer),
        "training": {
            "batch_size": spec.training.batch_size,
            "shuffle": spec.training.shuffle,
            "order": str(spec.training.order),
            "update": str(spec.training.update),
            "summation": str(spec.training.summation),
        },
        "seed": spec.seed,
        "notation": str(spec.notation),
    }


def _layer(layer: LayerSpec) -> dict[str, object]:
    result: dict[str, object] = {
        "units": layer.units,
        "activation": str(layer.activation),
        "bias": {"present": layer.bias.present, "trainable": layer.bias.trainable},
    }
    if layer.activation in USUAL_ALPHA:
        result["alpha"] = layer.alpha
    return result


def _start(spec: RunSpec, listed: Listed) -> dict[str, object]:
    start = spec.start
    if isinstance(start, GivenParameters):
        biases = [None if b is None else listed(b, f"biases-{k}") for k, b in enumerate(start.biases)]
        weights = [listed(w, f"weights-{k}") for k, w in enumerate(start.weights)]
        return {"parameters": {"weights": weights, "biases": biases}}
    return {"initializer": {"name": str(start.name), "scale": start.scale}}


def loss_document(loss: LossSpec) -> dict[str, object]:
    """The loss section of a run file."""
    return {"name": str(loss.name), "factor": loss.factor, "reduction": str(loss.reduction)}


def optimizer_document(optimizer: OptimizerSpec) -> dict[str, object]:
    """The optimizer section of a run file."""
    result: dict[str, object] = {"name": str(optimizer.name), "learning_rate": optimizer.learning_rate}
    result.update({key: _plain(getattr(optimizer, key)) for key in OPTIMIZER_KEYS[optimizer.name]})
    if optimizer.clip_norm is not None:
        result["clip_norm"] = optimizer.clip_norm
    if optimizer.schedule.name is not ScheduleName.CONSTANT:
        result["schedule"] = _schedule(optimizer.schedule)
    return result


def _schedule(schedule: ScheduleSpec) -> dict[str, object]:
    return {"name": str(schedule.name), **{key: getattr(schedule, key) for key in SCHEDULE_KEYS[schedule.name]}}


def _data(dataset: Dataset, listed: Listed) -> dict[str, object]:
    result: dict[str, object] = {
        "inputs": listed(dataset.inputs, "inputs"),
        "targets": listed(dataset.targets, "targets"),
    }
    if dataset.held_out_inputs.shape[0]:
        result["held_out_inputs"] = listed(dataset.held_out_inputs, "held-out-inputs")
        result["held_out_targets"] = listed(dataset.held_out_targets, "held-out-targets")
    if dataset.input_names:
        result["input_names"] = list(dataset.input_names)
    if dataset.target_names:
        result["target_names"] = list(dataset.target_names)
    if dataset.note:
        result["note"] = dataset.note
    return result


def _plain(value: object) -> object:
    return str(value) if isinstance(value, str) else value
