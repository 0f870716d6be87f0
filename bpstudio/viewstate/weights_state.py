"""What the dialog that imports weights shows: which array of a file goes where, and whether it fits."""

from collections.abc import Sequence

from bpstudio.files.weight_file import TensorInfo
from bpstudio.files.weight_mapping import Mapping, in_words, problems_of
from bpstudio.model.address import Quantity
from bpstudio.model.spec import NetworkSpec
from bpstudio.records import dataclass

SNIPPETS = {
    "PyTorch": (
        "from safetensors.torch import save_file",
        'save_file(model.state_dict(), "weights.safetensors")',
    ),
    "Keras": (
        "import numpy as np",
        'np.savez("weights.npz", *model.get_weights())',
    ),
    "scikit-learn": (
        "import numpy as np",
        "pairs = zip(model.coefs_, model.intercepts_)",
        'np.savez("weights.npz", *[array for pair in pairs for array in pair])',
    ),
}
"""The lines that write a file of weights."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One array that could go to a place: its name and how it is shown."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class WeightsRow:
    """One place of the network. ``chosen`` is an array's name, None to leave the numbers as they are.

    ``can_turn`` is False for biases; ``words`` say whether it fits.
    """

    place: str
    needs: str
    choices: tuple[Choice, ...]
    chosen: str | None
    is_turned: bool
    can_turn: bool
    fits: bool
    words: str


@dataclass(frozen=True, slots=True)
class WeightsState:
    """The whole dialog: a file's name and what is said of it, its rows, and whether it may be imported."""

    file_name: str
    summary: str
    rows: tuple[WeightsRow, ...]
    can_import: bool
    is_problem: bool = False


NOTHING_YET = WeightsState("", "Choose a file: .safetensors, .npz or .onnx.", (), False)


def problem_state(file_name: str, sentence: str) -> WeightsState:
    """A file that could not be read."""
    return WeightsState(file_name, sentence, (), False, is_problem=True)


def network_state(file_name: str, network: NetworkSpec) -> WeightsState:
    """A file that holds a whole network: nothing is to be mapped."""
    sizes = "-".join(map(str, network.sizes))
    names = ", ".join(layer.activation for layer in network.layers)
    return WeightsState(file_name, f"A network {sizes} with {names}; it takes the place of the one here.", (), True)


def mapping_state(file_name: str, mapping: Mapping, tensors: Sequence[TensorInfo]) -> WeightsState:
    """A file of weights with the mapping as it stands."""
    rows = tuple(
        _row(mapping, number, tensors, problem) for number, problem in enumerate(problems_of(mapping, tensors))
    )
    given = sum(row.chosen is not None for row in rows)
    used = {row.chosen for row in rows}
    unused = [tensor.name for tensor in tensors if tensor.name not in used]
    wrong = [row.place for row in rows if not row.fits]
    if wrong:
        summary = (
            f"{wrong[0]} gets an array of another shape: choose another one, turn it, or leave the place as it is."
        )
    elif given == 0:
        summary = "No array of this file fits a place of this network."
    else:
        kept = len(rows) - given
        summary = f"{given} of {len(rows)} places get an array" + (
            f"; {'one keeps its' if kept == 1 else f'{kept} keep their'} numbers." if kept else "."
        )
    if unused and not wrong:
        shown = ", ".join(unused[:4]) + ("…" if len(unused) > 4 else "")
        summary += f" Not used: {shown}"
    return WeightsState(file_name, summary, rows, given > 0 and not wrong, is_problem=bool(wrong) or given == 0)


def _row(mapping: Mapping, number: int, tensors: Sequence[TensorInfo], problem: str | None) -> WeightsRow:
    assignment = mapping.assignments[number]
    needed = assignment.shape
    sizes = {tensor.name: tensor for tensor in tensors}
    fitting = [t for t in tensors if _could_go(t.shape, needed) or t.name == assignment.tensor]
    choices = tuple(Choice(t.name, f"{t.name}   {in_words(t.shape)}") for t in fitting)
    words = "stays as it is" if assignment.tensor is None else problem or "fits"
    if problem is None and assignment.tensor is not None and assignment.is_turned:
        words = f"fits, turned to {in_words(sizes[assignment.tensor].shape[::-1])}"
    return WeightsRow(
        str(assignment.place),
        in_words(needed),
        choices,
        assignment.tensor,
        assignment.is_turned,
        assignment.place.quantity is Quantity.WEIGHT,
        problem is None,
        words,
    )


def _could_go(shape: tuple[int, ...], needed: tuple[int, ...]) -> bool:
    if len(needed) == 1:
        return tuple(n for n in shape if n != 1) == tuple(n for n in needed if n != 1) and 0 < len(shape) <= 2
    return shape in (needed, needed[::-1])
