"""Reads the `data` section of a run file: inline rows, a named data set, or columns of a CSV file beside it."""

from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from bpstudio.errors import RunFileError
from bpstudio.files.arrays import read_rows
from bpstudio.files.bounded_file import read_bounded
from bpstudio.files.csv_data import CsvTable, read_table
from bpstudio.files.limits import MOST_COLUMNS, MOST_DATA_NUMBERS, MOST_SAMPLES, MOST_UNITS
from bpstudio.files.named_data import named_table
from bpstudio.files.section import Section, checked_text, list_of
from bpstudio.files.shown import shown, shown_name
from bpstudio.files.table import Table
from bpstudio.model.dataset import make_dataset, one_hot, standardise
from bpstudio.model.spec import Array, Dataset, LossName, NetworkSpec


def read_dataset(section: Section, network: NetworkSpec, loss: LossName, seed: int, folder: Path) -> Dataset:
    """Return the training and held-out rows that ``section`` describes, checked against the network and the loss.

    ``folder`` is where the run file lies: CSV files are looked for there and below, nowhere else.
    """
    source = _source(section)
    if source == "csv":
        table = _csv_table(section, folder)
    elif source == "dataset":
        table = named_table(section, seed)
    else:
        table = _inline_table(section, network)
    held_out = section.number("held_out", 0.0, low=0.0)
    if held_out > 0.9:
        section.fail("held_out", f"expected a share from 0 to 0.9, got {shown(held_out)}")
    is_standardised = section.truth("standardise", False)
    aside = _held_out_rows(section, network) if source == "inputs" else None
    section.finish(f" for data by {source}" if source != "inputs" else "")
    _require_fit(section, source, table, network, loss)
    if is_standardised:
        _require_deviation(section, table.inputs)
    if aside is None:
        dataset = _split(table, held_out, is_standardised, seed)
    else:
        if held_out > 0.0:
            section.fail("held_out", "held_out_inputs already says which rows are kept aside; leave one of them out")
        _require_targets(section.at("held_out_targets"), aside[1], loss)
        dataset = _with_held_out(table, aside, is_standardised)
    if not np.isfinite(dataset.held_out_inputs).all():
        section.fail("standardise", "some held-out inputs are too large to be standardised")
    return dataset


def _require_deviation(section: Section, inputs: Array) -> None:
    with np.errstate(all="ignore"):
        is_usable = np.isfinite(inputs.std(axis=0))
    if not is_usable.all():
        section.fail(
            "standardise", f"the numbers of input {int(np.argmin(is_usable))} are too large to be standardised"
        )


def _split(table: Table, held_out: float, is_standardised: bool, seed: int) -> Dataset:
    return make_dataset(
        table.inputs,
        table.targets,
        held_out=held_out,
        is_standardised=is_standardised,
        seed=seed,
        input_names=table.input_names,
        target_names=table.target_names,
        note=table.note,
    )


def _source(section: Section) -> str:
    given = [key for key in ("csv", "dataset") if section.has(key)]
    if len(given) == 2:
        section.fail("csv", "a data section names either a csv or a dataset, not both")
    return given[0] if given else "inputs"


def _inline_table(section: Section, network: NetworkSpec) -> Table:
    inputs = _rows(section, "inputs", network.inputs, f"the network has {_count(network.inputs, 'input')}")
    if not len(inputs):
        section.fail("inputs", "expected at least one row, got none")
    outputs = network.sizes[-1]
    targets = _rows(section, "targets", outputs, f"the output layer has {_count(outputs, 'unit')}")
    if len(targets) != len(inputs):
        section.fail(
            "targets", f"expected {_count(len(inputs), 'row')}, one for each row of inputs, got {len(targets)}"
        )
    input_names = _names(section, "input_names", network.inputs)
    return Table(inputs, targets, input_names, _names(section, "target_names", outputs), section.text("note", ""))


def _held_out_rows(section: Section, network: NetworkSpec) -> tuple[Array, Array] | None:
    if not section.has("held_out_inputs"):
        if section.has("held_out_targets"):
            section.fail("held_out_targets", "held_out_inputs is missing beside it")
        return None
    inputs = _rows(section, "held_out_inputs", network.inputs, f"the network has {_count(network.inputs, 'input')}")
    outputs = network.sizes[-1]
    targets = _rows(section, "held_out_targets", outputs, f"the output layer has {_count(outputs, 'unit')}")
    if len(targets) != len(inputs):
        section.fail(
            "held_out_targets", f"expected {_count(len(inputs), 'row')} as in held_out_inputs, got {len(targets)}"
        )
    return inputs, targets


def _rows(section: Section, key: str, columns: int, meaning: str) -> Array:
    value = section.required(key, "a list of rows of numbers")
    return read_rows(value, section.at(key), columns, min(MOST_SAMPLES, MOST_DATA_NUMBERS // columns), meaning)


def _names(section: Section, key: str, count: int) -> tuple[str, ...]:
    if not section.has(key):
        return ()
    listed = list_of(section.value(key), section.at(key), f"a list of {_count(count, 'name')}", MOST_UNITS)
    if listed and len(listed) != count:
        section.fail(key, f"expected {_count(count, 'name')}, got {len(listed)}")
    return tuple(checked_text(name, f"{section.at(key)}[{k}]") for k, name in enumerate(listed))


def _with_held_out(table: Table, aside: tuple[Array, Array], is_standardised: bool) -> Dataset:
    inputs, held_inputs = table.inputs, aside[0]
    if is_standardised:
        with np.errstate(all="ignore"):
            inputs, held_inputs = standardise(inputs, held_inputs)
        inputs.flags.writeable = held_inputs.flags.writeable = False
    return Dataset(inputs, table.targets, held_inputs, aside[1], table.input_names, table.target_names, table.note)


def _csv_table(section: Section, folder: Path) -> Table:
    path = _inside(section, section.text("csv", None), folder)
    inputs = section.items("inputs", "a list of column names or numbers", MOST_COLUMNS)
    targets = section.items("targets", "a list of column names or numbers", MOST_COLUMNS)
    is_one_hot = section.truth("one_hot", False)
    if not inputs or not targets:
        section.fail("targets" if inputs else "inputs", "expected at least one column, got none")
    if is_one_hot and len(targets) != 1:
        section.fail("targets", f"one_hot takes one column of class labels, got {len(targets)}")
    needs_header = any(isinstance(wanted, str) for wanted in (*inputs, *targets))
    place = section.at("csv")
    table = read_table(read_bounded(path, place), place, needs_header)
    features, names = _columns(table, inputs, section.at("inputs"))
    if is_one_hot:
        column = table.column(targets[0], f"{section.at('targets')}[0]")
        values, classes = one_hot_within(table.labels(column), section.at("targets"))
        return Table(features, values, names, classes, path.name)
    values, classes = _columns(table, targets, section.at("targets"))
    return Table(features, values, names, classes, path.name)


def one_hot_within(labels: list[str], place: str) -> tuple[Array, tuple[str, ...]]:
    """Class labels as columns of 0 and 1; refuses more classes than columns are allowed, before making them."""
    classes = len(set(labels))
    if classes > MOST_COLUMNS:
        raise RunFileError(place, f"expected at most {MOST_COLUMNS:,} classes, got {classes:,}")
    return one_hot(labels)


def _columns(table: CsvTable, wanted: list[object], place: str) -> tuple[Array, tuple[str, ...]]:
    indices = [table.column(one, f"{place}[{k}]") for k, one in enumerate(wanted)]
    names = tuple(table.name(index) for index in indices) if table.header is not None else ()
    return np.column_stack([np.array(table.numbers(index)) for index in indices]), names


def _inside(section: Section, name: str, folder: Path) -> Path:
    """The CSV file's path; it must lie in the run file's folder or below, links followed."""
    if not name or "\0" in name:
        section.fail("csv", f"expected a file name, got {shown(name)}")
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or PureWindowsPath(name).is_absolute():
        section.fail("csv", f"expected a path relative to the run file, got {shown(name)}")
    try:
        root = folder.resolve()
        path = (root / name).resolve()
    except (OSError, RuntimeError, ValueError):
        section.fail("csv", f"{shown_name(name)} leads nowhere")
    if not path.is_relative_to(root):
        section.fail("csv", f"{shown_name(name)} lies outside the run file's folder; put a copy beside the run file")
    return path


def _require_fit(section: Section, source: str, table: Table, network: NetworkSpec, loss: LossName) -> None:
    outputs = network.sizes[-1]
    place = section.at("dataset" if source == "dataset" else "inputs")
    if table.inputs.shape[1] != network.inputs:
        got = _count(table.inputs.shape[1], "input column")
        raise RunFileError(place, f"the network has {_count(network.inputs, 'input')}, the data {got}")
    place = section.at("dataset" if source == "dataset" else "targets")
    if table.targets.shape[1] != outputs:
        got = _count(table.targets.shape[1], "target column")
        raise RunFileError(place, f"the output layer has {_count(outputs, 'unit')}, the data {got}")
    _require_targets(place, table.targets, loss)


def require_dataset_fit(dataset: Dataset, network: NetworkSpec, loss: LossName) -> None:
    """Raise RunFileError unless a run of ``network`` and ``loss`` can train on ``dataset``."""
    if not dataset.count:
        raise RunFileError("data.inputs", "expected at least one row to train on, got none")
    section = Section({}, "data")
    table = Table(dataset.inputs, dataset.targets)
    _require_fit(section, "inputs", table, network, loss)
    _require_targets("data.held_out_targets", dataset.held_out_targets, loss)


def _require_targets(place: str, targets: Array, loss: LossName) -> None:
    """Cross-entropies mean nothing for targets that are no probabilities."""
    if loss is LossName.BINARY_CROSS_ENTROPY:
        wrong, expected = (targets < 0.0) | (targets > 1.0), "from 0 to 1"
    elif loss is LossName.CROSS_ENTROPY:
        wrong, expected = targets < 0.0, "≥ 0"
    else:
        return
    if wrong.any():
        row, column = (int(k) for k in np.argwhere(wrong)[0])
        value = shown(float(targets[row, column]))
        raise RunFileError(f"{place}[{row}][{column}]", f"{loss} expects targets {expected}, got {value}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
