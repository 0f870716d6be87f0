"""The same run in PyTorch with autograd, and optimizers written out by hand: what others wrote, or is written plainly."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from bpstudio.model.batches import Batches
from bpstudio.model.dataset import epoch_order
from bpstudio.model.optimizers import learning_rate_at
from bpstudio.model.passes import Engine
from bpstudio.model.spec import (
    ActivationName,
    EpsilonPlace,
    LayerSpec,
    LossName,
    MomentumForm,
    OptimizerName,
    Reduction,
    RunSpec,
)

torch = pytest.importorskip("torch")
F = torch.nn.functional


def activate(layer: LayerSpec, z):  # type: ignore[no-untyped-def]
    """g(z) by PyTorch's own functions; rows are samples."""
    match layer.activation:
        case ActivationName.IDENTITY:
            return z * 1.0
        case ActivationName.SIGMOID:
            return torch.sigmoid(z)
        case ActivationName.TANH:
            return torch.tanh(z)
        case ActivationName.RELU:
            return F.relu(z)
        case ActivationName.LEAKY_RELU:
            return F.leaky_relu(z, layer.alpha)
        case ActivationName.ELU:
            return F.elu(z, layer.alpha)
        case ActivationName.SOFTPLUS:
            return F.softplus(z, threshold=1e9)
        case ActivationName.GELU:
            return F.gelu(z)
        case ActivationName.SILU:
            return F.silu(z)
        case ActivationName.SOFTMAX:
            return torch.softmax(z, dim=1)


def sample_losses(spec: RunSpec, z, a, t):  # type: ignore[no-untyped-def]
    """Each sample's loss, summed over outputs."""
    match spec.loss.name:
        case LossName.SQUARED_ERROR:
            terms = (a - t) ** 2
        case LossName.ABSOLUTE_ERROR:
            terms = (a - t).abs()
        case LossName.HUBER:
            terms = F.huber_loss(a, t, reduction="none", delta=1.0)
        case LossName.OUTPUT_SUM:
            terms = a
        case LossName.BINARY_CROSS_ENTROPY if spec.is_matched_pair:
            terms = F.binary_cross_entropy_with_logits(z, t, reduction="none")
        case LossName.BINARY_CROSS_ENTROPY:
            terms = -torch.special.xlogy(t, a) - torch.special.xlogy(1 - t, 1 - a)
        case LossName.CROSS_ENTROPY if spec.is_matched_pair:
            terms = -t * torch.log_softmax(z, dim=1)
        case LossName.CROSS_ENTROPY:
            terms = -torch.special.xlogy(t, a)
    return spec.loss.factor * terms.sum(dim=1)


@dataclass
class Recorded:
    """One iteration by autograd; per layer, rows are samples."""

    loss: float
    sample_losses: list[float]
    zs: list = field(default_factory=list)  # type: ignore[type-arg]
    activations: list = field(default_factory=list)  # type: ignore[type-arg]
    deltas: list = field(default_factory=list)  # type: ignore[type-arg]
    errors: list = field(default_factory=list)  # type: ignore[type-arg]
    weight_gradients: list = field(default_factory=list)  # type: ignore[type-arg]
    bias_gradients: list = field(default_factory=list)  # type: ignore[type-arg]


class Reference:
    """Weights as leaves; gradients by autograd, updates by the formulas of the papers."""

    def __init__(self, spec: RunSpec) -> None:
        self.spec = spec
        engine = Engine(spec)
        vector, layout = engine.state(), engine.layout
        depth = range(1, spec.network.depth + 1)
        self.weights = [torch.tensor(layout.weights(vector, l).copy(), requires_grad=True) for l in depth]
        self.biases = []
        for l in depth:
            biases = layout.biases(vector, l)
            self.biases.append(None if biases is None else torch.tensor(biases.copy(), requires_grad=True))
        self.batches = Batches(spec.dataset.count, spec.batch_size)
        self.iteration = 0
        self.state: dict[tuple[int, str], object] = {}

    def record(self) -> Recorded:
        """Forward and autograd backward for the current iteration."""
        rows = self._rows()
        x, t = torch.tensor(self.spec.dataset.inputs[rows]), torch.tensor(self.spec.dataset.targets[rows])
        zs, activations = [], [x]
        for layer, w, b in zip(self.spec.network.layers, self.weights, self.biases, strict=True):
            z = activations[-1] @ w.T + (0 if b is None else b)
            z.retain_grad()
            a = activate(layer, z)
            a.retain_grad()
            zs.append(z)
            activations.append(a)
        losses = sample_losses(self.spec, zs[-1], activations[-1], t)
        total = losses.mean() if self.spec.loss.reduction is Reduction.MEAN else losses.sum()
        for w in self.weights:
            total = total + self.spec.penalty.l2 * (w**2).sum() + self.spec.penalty.l1 * w.abs().sum()
        for leaf in self._leaves():
            leaf.grad = None
        total.backward()
        scale = len(rows) if self.spec.loss.reduction is Reduction.MEAN else 1
        return Recorded(
            float(total.detach()),
            losses.detach().tolist(),
            [z.detach().numpy() for z in zs],
            [a.detach().numpy() for a in activations],
            [z.grad.numpy() * scale for z in zs],
            [None if a.grad is None else a.grad.numpy() * scale for a in activations[1:]],
            [w.grad.numpy().copy() for w in self.weights],
            [None if b is None else b.grad.numpy().copy() for b in self.biases],
        )

    def _rows(self) -> Any:
        first, last = self.batches.span_of(self.iteration)
        if not self.spec.training.shuffle:
            return list(range(first, last))
        epoch = self.batches.epoch_of(self.iteration)
        return epoch_order(self.spec.dataset.count, self.spec.seed, epoch)[first:last]

    def _leaves(self) -> list[Any]:
        return [leaf for leaf in (*self.weights, *self.biases) if leaf is not None]

    def _trainable(self) -> list[Any]:
        kept = list(self.weights)
        for layer, b in zip(self.spec.network.layers, self.biases, strict=True):
            if b is not None and layer.bias.trainable:
                kept.append(b)
        return kept

    def update(self) -> None:
        """One update with the gradients of the last :meth:`record`."""
        spec, leaves = self.spec.optimizer, self._trainable()
        gradients = [leaf.grad.clone() for leaf in leaves]
        if spec.clip_norm is not None:
            # torch.nn.utils.clip_grad_norm_ divides by norm + 1e-6; the plain rule is g·min(1, c/‖g‖).
            norm = torch.sqrt(sum((g * g).sum() for g in gradients))
            if norm > spec.clip_norm:
                gradients = [g * (spec.clip_norm / norm) for g in gradients]
        with torch.no_grad():
            for k, (leaf, g) in enumerate(zip(leaves, gradients, strict=True)):
                leaf += self._step(k, leaf, g)
        self.iteration += 1

    def _get(self, k: int, name: str, like):  # type: ignore[no-untyped-def]
        return self.state.get((k, name), torch.zeros_like(like))

    def _step(self, k: int, w, g):  # type: ignore[no-untyped-def]
        spec, t = self.spec.optimizer, self.iteration + 1
        rate = learning_rate_at(spec, self.iteration)
        match spec.name:
            case OptimizerName.SGD:
                return -rate * g
            case OptimizerName.MOMENTUM:
                return self._momentum(k, g, rate)
            case OptimizerName.ADAGRAD:
                s = self.state[(k, "s")] = self._get(k, "s", g) + g * g
                return -rate * g / (s.sqrt() + spec.epsilon)
            case OptimizerName.RMSPROP:
                s = self.state[(k, "s")] = spec.gamma * self._get(k, "s", g) + (1 - spec.gamma) * g * g
                if spec.epsilon_place is EpsilonPlace.INSIDE:  # Keras' old place; PyTorch's is outside
                    return -rate * g / (s + spec.epsilon).sqrt()
                return -rate * g / (s.sqrt() + spec.epsilon)
            case OptimizerName.ADAM | OptimizerName.ADAMW:
                decays = spec.name is OptimizerName.ADAM
                g = g + spec.weight_decay * w if decays else g
                m = self.state[(k, "m")] = spec.beta1 * self._get(k, "m", g) + (1 - spec.beta1) * g
                s = self.state[(k, "s")] = spec.beta2 * self._get(k, "s", g) + (1 - spec.beta2) * g * g
                root = (s / (1 - spec.beta2**t)).sqrt() + spec.epsilon
                change = -rate * (m / (1 - spec.beta1**t)) / root
                return change if decays else change - rate * spec.weight_decay * w

    def _momentum(self, k: int, g, rate: float):  # type: ignore[no-untyped-def]
        spec, v = self.spec.optimizer, self._get(k, "v", g)
        match spec.form:
            case MomentumForm.CLASSIC:  # PyTorch's SGD(momentum, dampening=0)
                v = spec.beta * v + g
                change = -rate * v
            case MomentumForm.AVERAGE:  # an exponential average: PyTorch has no such form from v = 0
                v = spec.beta * v + (1 - spec.beta) * g
                change = -rate * v
            case MomentumForm.VELOCITY:  # Sutskever's: the rate inside the velocity
                v = spec.beta * v - rate * g
                change = v
            case MomentumForm.NESTEROV:  # PyTorch's SGD(nesterov=True)
                v = spec.beta * v + g
                change = -rate * (g + spec.beta * v)
        self.state[(k, "v")] = v
        return change
