"""A run as a script in PyTorch, as one would write it there: a Sequential, a loss, an optimizer; autograd does the rest."""

from bpstudio.errors import ExportError
from bpstudio.files.code_parts import assembled, batch_block, heading, is_adam, number_blocks, rate_block
from bpstudio.model.spec import (
    ActivationName,
    Array,
    EpsilonPlace,
    LayerSpec,
    LossName,
    MomentumForm,
    OptimizerName,
    Reduction,
    RunSpec,
    UpdateRule,
)

A, L, O = ActivationName, LossName, OptimizerName

MODULES = {
    A.IDENTITY: "nn.Identity()",
    A.SIGMOID: "nn.Sigmoid()",
    A.TANH: "nn.Tanh()",
    A.RELU: "nn.ReLU()",
    A.LEAKY_RELU: "nn.LeakyReLU({alpha})",
    A.ELU: "nn.ELU({alpha})",
    A.SOFTPLUS: "nn.Softplus(threshold=1e9)",
    A.GELU: "nn.GELU()",
    A.SILU: "nn.SiLU()",
    A.SOFTMAX: "nn.Softmax(dim=1)",
}
LOSSES = {
    L.SQUARED_ERROR: "((a - t) ** 2)",
    L.ABSOLUTE_ERROR: "(a - t).abs()",
    L.HUBER: 'F.huber_loss(a, t, reduction="none")',
    L.OUTPUT_SUM: "a",
    L.BINARY_CROSS_ENTROPY: "-(torch.special.xlogy(t, a) + torch.special.xlog1py(1 - t, -a))",
    L.CROSS_ENTROPY: "-torch.special.xlogy(t, a)",
}
FROM_Z = {
    L.BINARY_CROSS_ENTROPY: 'F.binary_cross_entropy_with_logits(z, t, reduction="none")',
    L.CROSS_ENTROPY: "-t * F.log_softmax(z, dim=1)",
}


def torch_script(spec: RunSpec, parameters: Array | None = None) -> str:
    """The script; ``parameters`` (size,) replace the run's start.

    Raises ExportError where autograd cannot do it, and when the script would be too long.
    """
    if spec.training.update is UpdateRule.OUTPUT_FIRST:
        raise ExportError(
            'PyTorch passes all errors back before anything is updated: "output_first" has no such script; take numpy'
        )
    imports = "\n\nimport json\nimport math\nimport sys\n\nimport numpy as np\nimport torch\nfrom torch import nn"
    imports += (
        "\nfrom torch.nn import functional as F\n\ntorch.set_default_dtype(torch.float64)\ntorch.set_num_threads(1)"
    )
    blocks = [
        heading(spec, "PyTorch")
        + imports
        + "\n\n"
        + "\n\n".join(number_blocks(spec, parameters, "torch.tensor", "torch.tensor")),
        _model(spec),
        batch_block(spec),
        rate_block(spec),
        _losses(spec),
        _optimizer(spec),
        _iteration(spec),
        MAIN,
    ]
    return assembled(blocks)


def _module(layer: LayerSpec) -> str:
    return MODULES[layer.activation].format(alpha=repr(layer.alpha))


def _stops_at_z(spec: RunSpec) -> bool:
    """Whether the loss contains the last activation, as PyTorch's stable losses do."""
    return spec.is_matched_pair and spec.loss.name in FROM_Z


def _model(spec: RunSpec) -> str:
    lines = ["model = nn.Sequential("]
    for number, layer in enumerate(spec.network.layers, start=1):
        bias = "" if layer.bias.present else ", bias=False"
        lines.append(f"    nn.Linear({spec.network.sizes[number - 1]}, {layer.units}{bias}),")
        if number == spec.network.depth and _stops_at_z(spec):
            lines.append(f"    # the loss below contains the {layer.activation}")
        elif layer.activation is not A.IDENTITY:
            lines.append(f"    {_module(layer)},")
    lines += [
        ")",
        "linear = dict(enumerate((module for module in model if isinstance(module, nn.Linear)), start=1))",
        "with torch.no_grad():",
        "    for l, module in linear.items():",
        "        module.weight.copy_(W[l])",
        "        if module.bias is not None:",
        "            module.bias.copy_(b[l])",
    ]
    frozen = [
        l for l, layer in enumerate(spec.network.layers, start=1) if layer.bias.present and not layer.bias.trainable
    ]
    if frozen:
        lines += [f"for l in {frozen}:  # biases that stay as they are", "    linear[l].bias.requires_grad_(False)"]
    return "\n".join(lines)


def _losses(spec: RunSpec) -> str:
    terms = FROM_Z[spec.loss.name] if _stops_at_z(spec) else LOSSES[spec.loss.name]
    factor = "" if spec.loss.factor == 1.0 else f"{spec.loss.factor!r} * "
    name = "z" if _stops_at_z(spec) else "a"
    penalties = []
    if spec.penalty.l2:
        penalties.append(f"{spec.penalty.l2!r} * sum((module.weight**2).sum() for module in linear.values())")
    if spec.penalty.l1:
        penalties.append(f"{spec.penalty.l1!r} * sum(module.weight.abs().sum() for module in linear.values())")
    return f'''def sample_losses({name}, t):
    """The loss of each sample, from what the model returns."""
    return {factor}({terms}).sum(dim=1)


def penalty():
    return {" + ".join(penalties) or "0.0"}'''


def _optimizer(spec: RunSpec) -> str:
    optimizer = spec.optimizer
    trained = "trained = [parameter for parameter in model.parameters() if parameter.requires_grad]\n"
    known = _known_optimizer(spec)
    if known is not None:
        return f"{trained}optimizer = torch.optim.{known}"
    if optimizer.name is O.RMSPROP:
        body = [
            f's = state["s", k] = {optimizer.gamma!r} * state.get(("s", k), 0.0) + {1.0 - optimizer.gamma!r} * g * g',
            f"parameter -= rate * g / torch.sqrt(s + {optimizer.epsilon!r})  # PyTorch's own adds epsilon to the root",
        ]
    elif optimizer.form is MomentumForm.AVERAGE:
        body = [
            f'v = state["v", k] = {optimizer.beta!r} * state.get(("v", k), 0.0) + {1.0 - optimizer.beta!r} * g',
            "parameter -= rate * v  # PyTorch's own begins with the first gradient in full",
        ]
    else:
        body = [
            f'v = state["v", k] = {optimizer.beta!r} * state.get(("v", k), 0.0) - rate * g',
            "parameter += v  # PyTorch's own has the rate outside of the velocity",
        ]
    lines = "\n".join(f"            {line}" for line in body)
    return f'''{trained}

class Rule:
    """{optimizer.name} in a form that torch.optim does not have."""

    def __init__(self):
        self.state, self.param_groups = {{}}, [{{"lr": 0.0}}]

    @torch.no_grad()
    def step(self):
        state, rate = self.state, self.param_groups[0]["lr"]
        for k, parameter in enumerate(trained):
            g = parameter.grad
{lines}


optimizer = Rule()'''


def _known_optimizer(spec: RunSpec) -> str | None:
    """The constructor of torch.optim with the same formula, if there is one."""
    optimizer = spec.optimizer
    rate = f"lr={optimizer.learning_rate!r}"
    is_plain = optimizer.name is O.MOMENTUM and optimizer.beta == 0.0
    if optimizer.name is O.SGD or is_plain:  # without momentum all its forms are the same
        return f"SGD(trained, {rate})"
    if optimizer.name is O.MOMENTUM and optimizer.form is MomentumForm.CLASSIC:
        return f"SGD(trained, {rate}, momentum={optimizer.beta!r})"
    if optimizer.name is O.MOMENTUM and optimizer.form is MomentumForm.NESTEROV:
        return f"SGD(trained, {rate}, momentum={optimizer.beta!r}, nesterov=True)"
    if optimizer.name is O.ADAGRAD:
        return f"Adagrad(trained, {rate}, eps={optimizer.epsilon!r})"
    if optimizer.name is O.RMSPROP and optimizer.epsilon_place is EpsilonPlace.OUTSIDE:
        return f"RMSprop(trained, {rate}, alpha={optimizer.gamma!r}, eps={optimizer.epsilon!r})"
    if is_adam(spec):
        name = "AdamW" if optimizer.name is O.ADAMW else "Adam"
        betas = f"betas=({optimizer.beta1!r}, {optimizer.beta2!r}), eps={optimizer.epsilon!r}"
        return f"{name}(trained, {rate}, {betas}, weight_decay={optimizer.weight_decay!r})"
    return None


def _iteration(spec: RunSpec) -> str:
    mean = " / len(rows)" if spec.loss.reduction is Reduction.MEAN else ""
    clip = ""
    if spec.optimizer.clip_norm is not None:
        clip = f"""
    norm = math.sqrt(sum(float((parameter.grad**2).sum()) for parameter in trained))
    for parameter in trained:
        parameter.grad *= min(1.0, {spec.optimizer.clip_norm!r} / norm) if norm > 0 else 1.0"""
    return f'''def iteration(n):
    """Forward, loss, backward and update; returns all numbers by their addresses."""
    rows = rows_of(n)
    losses = sample_losses(model(X[rows]), T[rows])
    data_loss = losses.sum(){mean}
    loss = data_loss + penalty()
    model.zero_grad()
    loss.backward()
    found = {{"loss": loss.detach(), "data_loss": data_loss.detach(), "sample_loss": losses.detach()}}
    for l, module in linear.items():
        found |= {{f"w[{{l}}]": module.weight.detach().clone(), f"dw[{{l}}]": module.weight.grad.clone()}}
        if module.bias is not None:
            found[f"b[{{l}}]"] = module.bias.detach().clone()
            if module.bias.requires_grad:
                found[f"db[{{l}}]"] = module.bias.grad.clone()
    optimizer.param_groups[0]["lr"] = rate_of(n){clip}
    optimizer.step()
    for l, module in linear.items():
        found[f"step_w[{{l}}]"] = module.weight.detach() - found[f"w[{{l}}]"]
        if module.bias is not None and module.bias.requires_grad:
            found[f"step_b[{{l}}]"] = module.bias.detach() - found[f"b[{{l}}]"]
    return found'''


MAIN = """if __name__ == "__main__":
    updates = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for n in range(updates):
        iteration(n)
    print(json.dumps({name: values.tolist() for name, values in iteration(updates).items()}))"""
