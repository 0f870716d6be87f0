"""Who is measured: bpstudio in its three ways, what one would write oneself, and the libraries that are installed."""

import importlib
import importlib.util
import itertools
from collections.abc import Callable

import bpstudio  # noqa: F401  # isort: skip  (sets one BLAS thread before NumPy is imported)
import numpy as np

from bpstudio.model import accelerator
from bpstudio.model.passes import Engine
from bpstudio.model.spec import ActivationName, LossName, RunSpec, Summation
from scripts.benchmarks.workloads import spec_of

Contender = Callable[[int], None]


def bpstudio_fast(spec: RunSpec) -> Contender:
    """The engine with BLAS sums; the whole tape is kept."""
    engine = Engine(spec)
    return lambda count: use(engine.iterate(count))


def bpstudio_exact(name: str, is_compiled: bool) -> Contender:
    """The engine with sums in scalar order, by NumPy or compiled."""
    engine = Engine(spec_of(name, Summation.EXACT))

    def run(count: int) -> None:
        if is_compiled:
            accelerator.enable()
        engine.iterate(count)
        accelerator.disable()

    return run


def use(_: object) -> None:
    """Take a result and drop it."""


def plain_numpy(spec: RunSpec) -> Contender:
    """What one would write in a notebook: lists of arrays, fresh ones each time."""
    engine = Engine(spec)
    depth = spec.network.depth
    weights = [engine.layout.weights(engine.vector, l).T.copy() for l in range(1, depth + 1)]
    biases = [np.zeros(w.shape[1]) for w in weights]
    x, t = spec.dataset.inputs, spec.dataset.targets
    names = [layer.activation for layer in spec.network.layers]

    def activate(name: ActivationName, z: np.ndarray) -> np.ndarray:
        if name is ActivationName.SIGMOID:
            return 1 / (1 + np.exp(-z))
        if name is ActivationName.TANH:
            return np.tanh(z)
        if name is ActivationName.RELU:
            return np.maximum(z, 0)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def slope(name: ActivationName, a: np.ndarray) -> np.ndarray:
        if name is ActivationName.SIGMOID:
            return a * (1 - a)
        return 1 - a * a if name is ActivationName.TANH else (a > 0).astype(float)

    def loss(a: np.ndarray) -> float:
        if spec.loss.name is LossName.SQUARED_ERROR:
            return float(0.5 * np.sum((a - t) ** 2) / len(x))
        if spec.loss.name is LossName.CROSS_ENTROPY:
            return float(-np.sum(t * np.log(a)) / len(x))
        return float(-np.sum(t * np.log(a) + (1 - t) * np.log(1 - a)) / len(x))

    def run(count: int) -> None:
        for _ in range(count):
            activations = [x]
            for w, b, name in zip(weights, biases, names, strict=True):
                activations.append(activate(name, activations[-1] @ w + b))
            loss(activations[-1])
            delta = (activations[-1] - t) / len(x)
            if spec.loss.name is LossName.SQUARED_ERROR:
                delta = delta * slope(names[-1], activations[-1])
            for l in range(depth - 1, -1, -1):
                gradient, bias_gradient = activations[l].T @ delta, delta.sum(axis=0)
                if l > 0:
                    delta = (delta @ weights[l].T) * slope(names[l - 1], activations[l])
                weights[l] -= 0.01 * gradient
                biases[l] -= 0.01 * bias_gradient

    return run


def bare_matmuls(spec: RunSpec) -> Contender:
    """Only the matrix products of an iteration, into buffers: the floor for large networks."""
    sizes, batch = spec.network.sizes, spec.dataset.count
    random = np.random.default_rng(0)
    weights = [random.normal(size=(n, m + 1)) for m, n in itertools.pairwise(sizes)]
    ahead = [random.normal(size=(n + 1, batch)) for n in sizes]
    deltas = [random.normal(size=(n, batch)) for n in sizes]
    gradients = [np.empty_like(w) for w in weights]
    results = [np.empty((n, batch)) for n in sizes]

    def run(count: int) -> None:
        for _ in range(count):
            for l, w in enumerate(weights):
                w.dot(ahead[l], results[l + 1])
            for l in range(len(weights) - 1, -1, -1):
                deltas[l + 1].dot(ahead[l].T, gradients[l])
                if l:
                    weights[l][:, :-1].T.dot(deltas[l + 1], results[l])

    return run


def pytorch_eager(spec: RunSpec) -> Contender | None:
    """An nn.Sequential with SGD, float64, one thread."""
    if importlib.util.find_spec("torch") is None:
        return None
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    nn, functional = torch.nn, torch.nn.functional
    layers: list[object] = []
    sizes = spec.network.sizes
    kinds = {ActivationName.SIGMOID: nn.Sigmoid, ActivationName.TANH: nn.Tanh, ActivationName.RELU: nn.ReLU}
    for l, layer in enumerate(spec.network.layers, start=1):
        layers.append(nn.Linear(sizes[l - 1], sizes[l], dtype=torch.float64))
        if l < spec.network.depth or spec.loss.name is LossName.SQUARED_ERROR:
            layers.append(kinds[layer.activation]())
    model = nn.Sequential(*layers)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x, t = torch.tensor(spec.dataset.inputs), torch.tensor(spec.dataset.targets)
    losses = {
        LossName.SQUARED_ERROR: lambda a: 0.5 * ((a - t) ** 2).sum() / len(x),
        LossName.BINARY_CROSS_ENTROPY: lambda a: functional.binary_cross_entropy_with_logits(a, t),
        LossName.CROSS_ENTROPY: lambda a: functional.cross_entropy(a, t),
    }
    loss = losses[spec.loss.name]

    def run(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            value = loss(model(x))
            value.backward()
            optimizer.step()

    return run


def scikit_learn(spec: RunSpec) -> Contender | None:
    """MLPClassifier.partial_fit, one batch each; it cannot mix activations, so the nearest network it has."""
    if importlib.util.find_spec("sklearn") is None:
        return None
    network = importlib.import_module("sklearn.neural_network")
    names = {ActivationName.SIGMOID: "logistic", ActivationName.TANH: "tanh", ActivationName.RELU: "relu"}
    model = network.MLPClassifier(
        spec.network.sizes[1:-1], activation=names[spec.network.layers[0].activation], solver="sgd",
        batch_size=spec.dataset.count, learning_rate_init=0.01, momentum=0.0, alpha=0.0,
    )  # fmt: skip
    t = spec.dataset.targets
    labels = t[:, 0].astype(int) if t.shape[1] == 1 else np.argmax(t, axis=1)
    classes = np.arange(max(2, t.shape[1]))

    def run(count: int) -> None:
        for _ in range(count):
            model.partial_fit(spec.dataset.inputs, labels, classes=classes)

    return run


def micrograd(spec: RunSpec) -> Contender | None:
    """Scalars with closures; small networks only."""
    if importlib.util.find_spec("micrograd") is None or spec.network.sizes[0] > 10:
        return None
    nn = importlib.import_module("micrograd.nn")
    model = nn.MLP(spec.network.inputs, list(spec.network.sizes[1:]))
    rows, targets = spec.dataset.inputs.tolist(), spec.dataset.targets.tolist()

    def run(count: int) -> None:
        for _ in range(count):
            total = 0.0
            for row, target in zip(rows, targets, strict=True):
                out = model(row)
                outputs = out if isinstance(out, list) else [out]
                total = total + sum((a - t) ** 2 for a, t in zip(outputs, target, strict=True))
            model.zero_grad()
            total.backward()
            for parameter in model.parameters():
                parameter.data -= 0.01 * parameter.grad

    return run


def contenders(name: str) -> dict[str, Contender | None]:
    """Everybody on one workload; None for who is not installed or not meant for it."""
    spec = spec_of(name)
    is_small = spec_of(name, Summation.AUTO).is_exact
    compiled = is_small and accelerator.is_installed()
    return {
        "bpstudio fast": bpstudio_fast(spec),
        "bpstudio exact": bpstudio_exact(name, False) if is_small else None,
        "bpstudio compiled": bpstudio_exact(name, True) if compiled else None,
        "plain NumPy": plain_numpy(spec),
        "PyTorch eager": pytorch_eager(spec),
        "scikit-learn": scikit_learn(spec),
        "micrograd": micrograd(spec),
        "bare matmuls": bare_matmuls(spec),
    }
