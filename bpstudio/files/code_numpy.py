"""A run as a script in plain NumPy: forward, loss, backward and update written out, with nothing that this run does not use."""

import re

from bpstudio.files.code_parts import assembled, batch_block, heading, number_blocks, rate_block
from bpstudio.model.spec import (
    ActivationName,
    Array,
    EpsilonPlace,
    LossName,
    MomentumForm,
    OptimizerName,
    Reduction,
    RunSpec,
    UpdateRule,
)

A, L, O = ActivationName, LossName, OptimizerName

SIGMOID = """def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, 1.0) / (1.0 + e)"""
NORMAL = """def normal_cdf(z):
    return 0.5 * np.vectorize(math.erfc)(-z / math.sqrt(2))"""
VALUES = {
    A.IDENTITY: "z",
    A.SIGMOID: "sigmoid(z)",
    A.TANH: "np.tanh(z)",
    A.RELU: "np.maximum(z, 0.0)",
    A.LEAKY_RELU: "np.where(z > 0, z, {alpha} * z)",
    A.ELU: "np.where(z > 0, z, {alpha} * np.expm1(np.minimum(z, 0.0)))",
    A.SOFTPLUS: "np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))",
    A.GELU: "z * normal_cdf(z)",
    A.SILU: "z * sigmoid(z)",
    A.SOFTMAX: "softmax(z)",
}
SLOPES = {
    A.IDENTITY: "np.ones_like(z)",
    A.SIGMOID: "sigmoid(z) * (1.0 - sigmoid(z))",
    A.TANH: "1.0 - np.tanh(z) ** 2",
    A.RELU: "np.where(z > 0, 1.0, 0.0)",
    A.LEAKY_RELU: "np.where(z > 0, 1.0, {alpha})",
    A.ELU: "np.where(z > 0, 1.0, {alpha} * np.exp(np.minimum(z, 0.0)))",
    A.SOFTPLUS: "sigmoid(z)",
    A.GELU: "normal_cdf(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)",
    A.SILU: "sigmoid(z) * (1.0 + z * (1.0 - sigmoid(z)))",
}
NEEDS_SIGMOID = {A.SIGMOID, A.SOFTPLUS, A.SILU}
SOFTMAX = """def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)"""
TERMS = {
    L.SQUARED_ERROR: "(a - t) ** 2",
    L.ABSOLUTE_ERROR: "np.abs(a - t)",
    L.HUBER: "np.where(np.abs(a - t) <= 1.0, 0.5 * (a - t) ** 2, np.abs(a - t) - 0.5)",
    L.OUTPUT_SUM: "a",
    L.BINARY_CROSS_ENTROPY: "-np.where(t == 0, 0.0, t * np.log(a)) - np.where(t == 1, 0.0, (1.0 - t) * np.log1p(-a))",
    L.CROSS_ENTROPY: "-np.where(t == 0, 0.0, t * np.log(a))",
}
STABLE_TERMS = {
    L.SQUARED_ERROR: "(a - t) ** 2",
    L.BINARY_CROSS_ENTROPY: "np.maximum(z, 0.0) - t * z + np.log1p(np.exp(-np.abs(z)))",
    L.CROSS_ENTROPY: "t * (np.log(np.exp(z - c).sum(axis=1, keepdims=True)) - (z - c))",
}
ERRORS = {
    L.SQUARED_ERROR: "2.0 * (a - t)",
    L.ABSOLUTE_ERROR: "np.sign(a - t)",
    L.HUBER: "np.clip(a - t, -1.0, 1.0)",
    L.OUTPUT_SUM: "np.ones_like(a)",
    L.BINARY_CROSS_ENTROPY: "np.where(t == 1, 0.0, (1.0 - t) / (1.0 - a)) - np.where(t == 0, 0.0, t / a)",
    L.CROSS_ENTROPY: "-np.where(t == 0, 0.0, t / a)",
}


def numpy_script(spec: RunSpec, parameters: Array | None = None) -> str:
    """The script; ``parameters`` (size,) replace the run's start. Raises ExportError when it would be too long."""
    imports = '\n\nimport json\nimport math\nimport sys\n\nimport numpy as np\n\nnp.seterr(all="ignore")'
    blocks = [
        heading(spec, "NumPy")
        + imports
        + "\n\n"
        + "\n\n".join(number_blocks(spec, parameters, "np.array", "np.array")),
        *_functions(spec),
        batch_block(spec),
        rate_block(spec),
        _forward(spec),
        _loss(spec),
        _output_delta(spec),
        _change(spec),
        _iteration(spec),
        MAIN,
    ]
    return assembled(blocks)


def _functions(spec: RunSpec) -> list[str]:
    names = {layer.activation for layer in spec.network.layers}
    found = []
    if names & NEEDS_SIGMOID:
        found.append(SIGMOID)
    if A.GELU in names:
        found.append(NORMAL)
    if A.SOFTMAX in names:
        found.append(SOFTMAX)
    return found


def _forward(spec: RunSpec) -> str:
    lines = ["def forward(x):", '    """z and a of every layer, one sample a row."""', "    z, a = {}, {0: x}"]
    for number, layer in enumerate(spec.network.layers, start=1):
        bias = f" + b[{number}]" if layer.bias.present else ""
        lines.append(f"    z[{number}] = a[{number - 1}] @ W[{number}].T{bias}")
        value = VALUES[layer.activation].format(alpha=repr(layer.alpha))
        lines.append(f"    a[{number}] = {_at(value, number)}")
    return "\n".join([*lines, "    return z, a"])


def _at(formula: str, number: int) -> str:
    """A formula of z for one layer."""
    return re.sub(r"\bz\b", f"z[{number}]", formula)


def _factor(spec: RunSpec) -> str:
    return "" if spec.loss.factor == 1.0 else f"{spec.loss.factor!r} * "


def _loss(spec: RunSpec) -> str:
    stable = spec.is_matched_pair
    terms = STABLE_TERMS[spec.loss.name] if stable else TERMS[spec.loss.name]
    shift = "    c = z.max(axis=1, keepdims=True)\n" if stable and spec.loss.name is L.CROSS_ENTROPY else ""
    return f'''def sample_losses(z, a, t):
    """The loss of each sample, from z and a of the last layer."""
{shift}    return {_factor(spec)}({terms}).sum(axis=1)'''


def _output_delta(spec: RunSpec) -> str:
    last = spec.network.layers[-1]
    if spec.is_matched_pair:
        scale = spec.loss.factor * (2.0 if spec.loss.name is L.SQUARED_ERROR else 1.0)
        total = " * t.sum(axis=1, keepdims=True)" if last.activation is A.SOFTMAX else ""
        difference = f"a{total} - t" if scale == 1.0 else f"{scale!r} * (a{total} - t)"
        return f'''def output_delta(z, a, t):
    """The loss and the last activation cancel to the difference."""
    return {difference}'''
    error = f"    e = {_factor(spec)}({ERRORS[spec.loss.name]})\n"
    if last.activation is A.SOFTMAX:
        product = "a * (e - (a * e).sum(axis=1, keepdims=True))  # softmax's Jacobian times e"
    else:
        product = f"e * ({SLOPES[last.activation].format(alpha=repr(last.alpha))})"
    return f"def output_delta(z, a, t):\n{error}    return {product}"


def _change(spec: RunSpec) -> str:
    optimizer = spec.optimizer
    body = {
        O.SGD: ["return -rate * g"],
        O.MOMENTUM: _momentum(optimizer.form, optimizer.beta),
        O.ADAGRAD: [
            's = state["s", key] = state.get(("s", key), 0.0) + g * g',
            f"return -rate * g / (np.sqrt(s) + {optimizer.epsilon!r})",
        ],
        O.RMSPROP: [
            f's = state["s", key] = {optimizer.gamma!r} * state.get(("s", key), 0.0) + {1.0 - optimizer.gamma!r} * g * g',
            f"return -rate * g / np.sqrt(s + {optimizer.epsilon!r})"
            if optimizer.epsilon_place is EpsilonPlace.INSIDE
            else f"return -rate * g / (np.sqrt(s) + {optimizer.epsilon!r})",
        ],
    }.get(optimizer.name) or _adam(spec)
    lines = "\n".join(f"    {line}" for line in body)
    return f'''state = {{}}


def change(key, w, g, n):
    """What is added to w ({optimizer.name}); key names it in the optimizer's memory."""
    rate = rate_of(n)
{lines}'''


def _momentum(form: MomentumForm, beta: float) -> list[str]:
    old = 'state.get(("v", key), 0.0)'
    match form:
        case MomentumForm.CLASSIC:
            return [f'v = state["v", key] = {beta!r} * {old} + g', "return -rate * v"]
        case MomentumForm.AVERAGE:
            return [f'v = state["v", key] = {beta!r} * {old} + {1.0 - beta!r} * g', "return -rate * v"]
        case MomentumForm.VELOCITY:
            return [f'v = state["v", key] = {beta!r} * {old} - rate * g', "return v"]
        case MomentumForm.NESTEROV:
            return [f'v = state["v", key] = {beta!r} * {old} + g', f"return -rate * (g + {beta!r} * v)"]


def _adam(spec: RunSpec) -> list[str]:
    optimizer = spec.optimizer
    is_decoupled = optimizer.name is O.ADAMW
    decay = optimizer.weight_decay
    lines = [] if is_decoupled or decay == 0.0 else [f"g = g + {decay!r} * w"]
    lines += [
        f'm = state["m", key] = {optimizer.beta1!r} * state.get(("m", key), 0.0) + {1.0 - optimizer.beta1!r} * g',
        f's = state["s", key] = {optimizer.beta2!r} * state.get(("s", key), 0.0) + {1.0 - optimizer.beta2!r} * g * g',
        f"m_hat, s_hat = m / (1.0 - {optimizer.beta1!r} ** (n + 1)), s / (1.0 - {optimizer.beta2!r} ** (n + 1))",
    ]
    shrink = f"-rate * {decay!r} * w " if is_decoupled else ""
    return [
        *lines,
        f"return {shrink}-rate * m_hat / (np.sqrt(s_hat) + {optimizer.epsilon!r})".replace("w -rate", "w - rate"),
    ]


def _iteration(spec: RunSpec) -> str:
    depth = spec.network.depth
    is_output_first = spec.training.update is UpdateRule.OUTPUT_FIRST
    lines = [
        "def iteration(n):",
        '    """Forward, loss, backward and update; returns all numbers by their addresses."""',
        "    rows = rows_of(n)",
        "    x, t, m = X[rows], T[rows], len(rows)",
        "    z, a = forward(x)",
        f"    losses = sample_losses(z[{depth}], a[{depth}], t)",
        f"    delta, dw, db, changes = {{{depth}: output_delta(z[{depth}], a[{depth}], t)}}, {{}}, {{}}, {{}}",
        "    before = {f'w[{l}]': W[l].copy() for l in W} | {f'b[{l}]': b[l].copy() for l in b}",
        f"    penalty = {_penalty_value(spec)}",
    ]
    mean = " / m" if spec.loss.reduction is Reduction.MEAN else ""
    for number in range(depth, 0, -1):
        layer = spec.network.layer(number)
        if number < depth:
            lines += _hidden_delta(spec, number)
        lines.append(f"    dw[{number}] = delta[{number}].T @ a[{number - 1}]{mean}{_penalty_gradient(spec, number)}")
        if layer.bias.present:
            lines.append(f"    db[{number}] = delta[{number}].sum(axis=0){mean}")
        if is_output_first:
            lines += _updates(spec, number)
    if not is_output_first:
        lines += _clip(spec)
        lines += _all_updates(spec)
    total = f"losses.sum(){mean}"
    lines.append(
        f"    found = {{'loss': {total} + penalty, 'data_loss': {total}, 'sample_loss': losses}} | before | changes"
    )
    lines.append("    for name, arrays in (('z', z), ('a', a), ('delta', delta), ('dw', dw), ('db', db)):")
    lines.append("        found |= {f'{name}[{l}]': arrays[l] for l in arrays}")
    return "\n".join([*lines, "    return found"])


def _hidden_delta(spec: RunSpec, number: int) -> list[str]:
    layer = spec.network.layer(number)
    lines = [f"    e = delta[{number + 1}] @ W[{number + 1}]"]
    if layer.activation is A.SOFTMAX:
        a = f"a[{number}]"
        return [*lines, f"    delta[{number}] = {a} * (e - ({a} * e).sum(axis=1, keepdims=True))"]
    slope = _at(SLOPES[layer.activation].format(alpha=repr(layer.alpha)), number)
    return [*lines, f"    delta[{number}] = e * ({slope})"]


def _penalty_value(spec: RunSpec) -> str:
    parts = []
    if spec.penalty.l2:
        parts.append(f"{spec.penalty.l2!r} * sum((w**2).sum() for w in W.values())")
    if spec.penalty.l1:
        parts.append(f"{spec.penalty.l1!r} * sum(np.abs(w).sum() for w in W.values())")
    return " + ".join(parts) or "0.0"


def _penalty_gradient(spec: RunSpec, number: int) -> str:
    text = f" + {2.0 * spec.penalty.l2!r} * W[{number}]" if spec.penalty.l2 else ""
    return text + (f" + {spec.penalty.l1!r} * np.sign(W[{number}])" if spec.penalty.l1 else "")


def _trained_biases(spec: RunSpec) -> list[int]:
    layers = enumerate(spec.network.layers, start=1)
    return [number for number, layer in layers if layer.bias.present and layer.bias.trainable]


def _clip(spec: RunSpec) -> list[str]:
    if spec.optimizer.clip_norm is None:
        return []
    trained = ", ".join(["*dw.values()", *(f"db[{number}]" for number in _trained_biases(spec))])
    return [
        f"    norm = math.sqrt(sum((g**2).sum() for g in [{trained}]))",
        f"    scale = min(1.0, {spec.optimizer.clip_norm!r} / norm) if norm > 0 else 1.0",
    ]


def _all_updates(spec: RunSpec) -> list[str]:
    times = "" if spec.optimizer.clip_norm is None else "scale * "
    lines = [
        "    for l in W:",
        f"        changes[f'step_w[{{l}}]'] = change(f'w{{l}}', W[l], {times}dw[l], n)",
        "        W[l] = W[l] + changes[f'step_w[{l}]']",
    ]
    trained = _trained_biases(spec)
    if trained:
        every = "b" if len(trained) == sum(layer.bias.present for layer in spec.network.layers) else str(trained)
        lines += [
            f"    for l in {every}:",
            f"        changes[f'step_b[{{l}}]'] = change(f'b{{l}}', b[l], {times}db[l], n)",
            "        b[l] = b[l] + changes[f'step_b[{l}]']",
        ]
    return lines


def _updates(spec: RunSpec, number: int) -> list[str]:
    """The update of one layer, made before the error is passed on."""
    lines = []
    for name, array in (("w", "W"), ("b", "b")):
        if name == "w" or number in _trained_biases(spec):
            step = f"changes['step_{name}[{number}]']"
            lines += [
                f"    {step} = change('{name}{number}', {array}[{number}], d{name}[{number}], n)",
                f"    {array}[{number}] = {array}[{number}] + {step}",
            ]
    return lines


MAIN = """if __name__ == "__main__":
    updates = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for n in range(updates):
        iteration(n)
    print(json.dumps({name: np.asarray(values).tolist() for name, values in iteration(updates).items()}))"""
