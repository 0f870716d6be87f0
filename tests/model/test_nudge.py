"""Nudged losses against central differences, the engine's own measure, and PyTorch, for all activations and losses."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bpstudio.errors import AddressError
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.nudge import nudge, slope_of
from bpstudio.model.passes import Engine
from bpstudio.model.spec import ActivationName, LossName, Reduction, RunSpec

ACTIVATIONS = [name.value for name in ActivationName]
LOSSES = [name.value for name in LossName]
ADDRESSES = ("z[1][1]", "z[2][0]", "a[0][1]", "a[1][2]", "a[2][1]", "w[1][0,1]", "w[2][1,2]", "b[1][2]", "b[2][0]")


def run(
    activation: str, loss: str, output: str = "sigmoid", reduction: str = "mean", summation: str = "exact"
) -> RunSpec:
    generator = np.random.default_rng(7)
    return open_run(
        {
            "format": "bpstudio-run/1",
            "network": {
                "inputs": 2,
                "layers": [{"units": 3, "activation": activation}, {"units": 2, "activation": output}],
            },
            "parameters": {
                "weights": [generator.normal(size=(3, 2)).tolist(), generator.normal(size=(2, 3)).tolist()],
                "biases": [generator.normal(size=3).tolist(), generator.normal(size=2).tolist()],
            },
            "loss": {"name": loss, "reduction": reduction},
            "penalty": {"l2": 0.03, "l1": 0.01},
            "optimizer": {"name": "sgd", "learning_rate": 0.1},
            "data": {"inputs": [[0.3, -0.8], [1.1, 0.4], [-0.6, 0.9]], "targets": [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]},
            "training": {"summation": summation},
            "seed": 0,
        }
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_slope_is_the_central_difference_of_the_nudged_loss(activation: str, loss: str) -> None:
    for output in ("sigmoid", "softmax"):
        tape = Engine(run(activation, loss, output)).compute()
        for text in ADDRESSES:
            address = parse_address(text)
            found = nudge(tape, address, 1, np.array([-1e-5, 1e-5]))
            if found.kinks:
                continue
            difference = (found.losses[1] - found.losses[0]) / 2e-5
            assert difference == pytest.approx(slope_of(tape, address, 1), rel=1e-6, abs=1e-9), (output, text)


@pytest.mark.parametrize("reduction", [name.value for name in Reduction])
@pytest.mark.parametrize("loss", LOSSES)
def test_without_a_nudge_it_is_the_loss_of_the_tape_and_with_one_that_of_the_engine(loss: str, reduction: str) -> None:
    engine = Engine(run("tanh", loss, reduction=reduction))
    tape = engine.compute()
    kept, samples, total = (
        tape.vectors.before[: engine.layout.size].copy(),
        tape.losses.samples.copy(),
        tape.losses.total,
    )
    for text in ("z[1][0]", "z[2][1]", "a[0][0]"):
        for sample in range(3):
            losses = nudge(tape, parse_address(text), sample, np.array([0.0, 0.1])).losses
            assert losses[0] == samples[sample]
    assert nudge(tape, parse_address("b[2][1]"), 0, np.zeros(2)).losses.tolist() == [total, total]
    moved = nudge(tape, parse_address("w[1][0,1]"), 0, np.array([0.0, 0.25])).losses[1]
    layout = engine.layout
    layout.weights(kept, 1)[0, 1] += 0.25
    assert moved == engine.measure(kept)


def torch_loss(torch: Any, spec: RunSpec, address: Address, sample: int, offset: float) -> tuple[float, float]:
    """The loss with a nudge and its slope there, by PyTorch's own functions and its own backward pass."""
    start: Any = spec.start
    functions = {
        "identity": lambda z: z,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, spec.network.layers[0].alpha),
        "elu": lambda z: torch.nn.functional.elu(z, spec.network.layers[0].alpha),
        "softplus": torch.nn.functional.softplus,
        "gelu": torch.nn.functional.gelu,
        "silu": torch.nn.functional.silu,
        "softmax": lambda z: torch.softmax(z, -1),
    }
    nudged = torch.tensor(offset, dtype=torch.float64, requires_grad=True)

    def at(values: Any, quantity: Quantity, layer: int) -> Any:
        if (quantity, layer) != (address.quantity, address.layer):
            return values
        mark = torch.zeros(values.shape, dtype=torch.float64)
        mark[address.indices] = 1.0
        return values + mark * nudged

    is_of_batch = address.quantity in (Quantity.WEIGHT, Quantity.BIAS)
    rows = range(spec.dataset.count) if is_of_batch else [sample]
    weights = [at(torch.tensor(np.array(w)), Quantity.WEIGHT, n) for n, w in enumerate(start.weights, start=1)]
    biases = [at(torch.tensor(np.array(b)), Quantity.BIAS, n) for n, b in enumerate(start.biases, start=1)]
    total = torch.zeros((), dtype=torch.float64)
    for row in rows:
        a = at(torch.tensor(spec.dataset.inputs[row]), Quantity.ACTIVATION, 0)
        for n, layer in enumerate(spec.network.layers, start=1):
            z = at(weights[n - 1] @ a + biases[n - 1], Quantity.PRE_ACTIVATION, n)
            a = at(functions[layer.activation.value](z), Quantity.ACTIVATION, n)
        t = torch.tensor(spec.dataset.targets[row])
        losses = {
            "squared_error": lambda a, t: 0.5 * ((a - t) ** 2).sum(),
            "absolute_error": lambda a, t: torch.nn.functional.l1_loss(a, t, reduction="sum"),
            "huber": lambda a, t: torch.nn.functional.huber_loss(a, t, reduction="sum"),
            "binary_cross_entropy": lambda a, t: torch.nn.functional.binary_cross_entropy(a, t, reduction="sum"),
            "cross_entropy": lambda a, t: -(t * torch.log(a)).sum(),
            "output_sum": lambda a, t: a.sum(),
        }
        total = total + losses[spec.loss.name.value](a, t)
    if is_of_batch:
        total = total / spec.dataset.count
        total = total + sum(spec.penalty.l2 * (w**2).sum() + spec.penalty.l1 * w.abs().sum() for w in weights)
    total.backward()
    return total.item(), nudged.grad.item()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nudged_losses_and_slopes_are_those_of_pytorch(activation: str, loss: str) -> None:
    torch = pytest.importorskip("torch")
    for output, summation in (("sigmoid", "exact"), ("softmax", "fast")):
        spec = run(activation, loss, output, summation=summation)
        tape = Engine(spec).compute()
        for text in ADDRESSES:
            address = parse_address(text)
            epsilon = 0.01 if text.startswith("a[2]") else 0.3
            found = nudge(tape, address, 2, np.array([0.0, epsilon])).losses
            now, slope = torch_loss(torch, spec, address, 2, 0.0)
            there, _ = torch_loss(torch, spec, address, 2, epsilon)
            assert found.tolist() == pytest.approx([now, there], rel=1e-12), (output, text)
            assert slope_of(tape, address, 2) == pytest.approx(slope, rel=1e-9, abs=1e-14), (output, text)


def test_a_kink_between_is_named() -> None:
    tape = Engine(run("relu", "squared_error")).compute()
    z = tape.value("z[1][0]", 0)
    assert nudge(tape, parse_address("z[1][0]"), 0, np.array([0.0, -2 * z])).kinks == (parse_address("z[1][0]"),)
    assert nudge(tape, parse_address("z[1][0]"), 0, np.array([0.0, z])).kinks == ()


def test_what_is_no_number_of_the_forward_pass_is_refused() -> None:
    tape = Engine(run("relu", "squared_error")).compute()
    for text in ("delta[1][0]", "dw[1][0,0]", "z[3][0]", "w[1][9,0]", "z[1]"):
        with pytest.raises(AddressError):
            nudge(tape, parse_address(text), 0, np.zeros(2))


def test_nan_goes_on_to_the_loss_and_the_tape_stays_as_it_was() -> None:
    spec = run("sigmoid", "squared_error")
    engine = Engine(replace(spec))
    tape = engine.compute()
    before = tape.array("a[2]").tobytes(), tape.vectors.before.tobytes(), tape.losses.total
    assert np.isnan(nudge(tape, parse_address("z[1][0]"), 0, np.array([0.0, np.nan])).losses[1])
    nudge(tape, parse_address("w[1][0,0]"), 0, np.array([0.0, 5.0]))
    assert (tape.array("a[2]").tobytes(), tape.vectors.before.tobytes(), tape.losses.total) == before
