"""What a script in NumPy and one in PyTorch have in common: numbers written out, batches, rates, the way they print."""

import textwrap

import numpy as np

from bpstudio.errors import ExportError
from bpstudio.model.parameters import ParameterLayout, starting_vector
from bpstudio.model.spec import Array, OptimizerName, RunSpec, ScheduleName

MOST_NUMBERS = 400_000
"""A script with more than that is a file that no editor opens gladly."""


def number_blocks(spec: RunSpec, parameters: Array | None, array: str, parameter: str) -> list[str]:
    """Data and parameters; ``array`` and ``parameter`` make them of a list, such as `np.array`.

    ``parameters`` (size,) are those to start from; without them the run's own start. Raises ExportError for too many.
    """
    layout = ParameterLayout(spec.network)
    vector = starting_vector(spec, layout) if parameters is None else parameters
    count = layout.size + spec.dataset.inputs.size + spec.dataset.targets.size
    if count > MOST_NUMBERS:
        words = f"a script would write out {count:,} numbers; at most {MOST_NUMBERS:,} are"
        raise ExportError(f"{words}; export the weights as safetensors or npz instead")
    blocks = ["W, b = {}, {}  # by the number of the layer they lead into; W[l] is (units, inputs)"]
    for number in range(1, spec.network.depth + 1):
        blocks.append(f"W[{number}] = {parameter}({literal(layout.weights(vector, number))})")
        biases = layout.biases(vector, number)
        if biases is not None:
            blocks.append(f"b[{number}] = {parameter}({literal(biases)})")
    data = [
        f"X = {array}({literal(spec.dataset.inputs)})  # one sample a row",
        f"T = {array}({literal(spec.dataset.targets)})",
    ]
    return ["\n".join(blocks), "\n".join(data)]


def literal(values: Array) -> str:
    """Nested lists that read back to the same bits, wrapped at 110 characters."""
    if not np.isfinite(values).all():
        raise ExportError("a script cannot begin with numbers that are not finite")
    if values.ndim == 1:
        return _row(values)
    rows = ",\n    ".join(_row(row) for row in values)
    return f"[\n    {rows},\n]"


def _row(values: Array) -> str:
    text = "[" + ", ".join(map(repr, values.tolist())) + "]"
    return text if len(text) <= 110 else textwrap.fill(text, 110, subsequent_indent="     ", break_long_words=False)


def batch_block(spec: RunSpec) -> str:
    """`rows_of(n)`: the rows of iteration n's batch."""
    size, count = spec.batch_size, spec.dataset.count
    if size == count and not spec.training.shuffle:
        return f'def rows_of(n):\n    """Every iteration sees all samples."""\n    return np.arange({count})'
    per_epoch = -(-count // size)
    order = f"np.arange({count})"
    if spec.training.shuffle:
        order = f"""np.argsort(
        np.random.Philox(key={spec.seed & (2**64 - 1)} | (1 << 64), counter=epoch << 64).random_raw({count}), kind="stable"
    )"""
    return f'''def rows_of(n):
    """The rows of iteration n's batch; an epoch ends with what is left."""
    epoch, k = divmod(n, {per_epoch})
    order = {order}
    return order[k * {size} : (k + 1) * {size}]'''


def rate_block(spec: RunSpec) -> str:
    """`rate_of(n)`: the learning rate of iteration n."""
    rate, schedule = spec.optimizer.learning_rate, spec.optimizer.schedule
    match schedule.name:
        case ScheduleName.CONSTANT:
            value = repr(rate)
        case ScheduleName.STEP:
            value = f"{rate!r} * {schedule.factor!r} ** (n // {schedule.every})"
        case ScheduleName.EXPONENTIAL:
            value = f"{rate!r} * {schedule.factor!r} ** n"
        case ScheduleName.COSINE:
            least, share = schedule.minimum, f"min(n, {schedule.iterations}) / {schedule.iterations}"
            value = f"{least!r} + {rate - least!r} * (1 + math.cos(math.pi * {share})) / 2"
    return f"def rate_of(n):\n    return {value}"


def heading(spec: RunSpec, library: str) -> str:
    """The docstring of the script."""
    title = " ".join(spec.title.replace("\\", "/").replace('"', "'").split()) or "A network"
    title = "".join(c for c in title if c.isprintable())
    return f'''"""{title}: one training iteration in {library}, as bpstudio computes it.

python THIS.py [N] makes N updates (none if not given) and prints the numbers of the iteration that follows as one JSON object,
under bpstudio's addresses: the same as bpstudio values FILE --iteration N ADDRESS…
"""'''


def is_adam(spec: RunSpec) -> bool:
    """Whether the rule is Adam or AdamW."""
    return spec.optimizer.name in (OptimizerName.ADAM, OptimizerName.ADAMW)


def assembled(blocks: list[str]) -> str:
    """The script: blocks with two blank lines between definitions."""
    return "\n\n\n".join(block.strip("\n") for block in blocks if block.strip()) + "\n"
