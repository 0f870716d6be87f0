"""Table: rows of numbers before any split, as a data set by name, a CSV file or a person gives them."""

from bpstudio.model.spec import Array
from bpstudio.records import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Rows before any split: inputs (N, n_0), targets (N, n_L), and labels for people."""

    inputs: Array
    targets: Array
    input_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    note: str = ""
