"""The data sets that come along as files: iris, penguins and a part of the optical digits.

Sources and licences stand in ``resources/datasets/README.md``.
"""

import numpy as np

from bpstudio import resources
from bpstudio.files.bounded_file import read_bounded
from bpstudio.files.csv_data import CsvTable, read_table
from bpstudio.files.section import Section
from bpstudio.files.table import Table
from bpstudio.model.dataset import one_hot

NOT_MEASURED = "NA"
BRIGHTEST = 16.0
"""The largest pixel of the digits: each counts the dark ones of a block of 4 × 4."""
SIDE = 8


def iris(section: Section, _seed: int) -> Table:
    """Fisher's 150 flowers, the species one-hot in order of appearance."""
    table = _read("iris.csv", section)
    columns = [np.array(table.numbers(k)) for k in range(4)]
    targets, species = one_hot(table.labels(4))
    names = tuple(table.name(k).removesuffix("_cm").replace("_", " ") for k in range(4))
    return Table(np.column_stack(columns), targets, names, species, "Iris (Fisher 1936): 150 flowers, lengths in cm")


def penguins(section: Section, _seed: int) -> Table:
    """Penguins of three species by four measurements; the two that were not measured are left out."""
    table = _read("penguins.csv", section)
    titles = {
        "bill_length_mm": "bill length",
        "bill_depth_mm": "bill depth",
        "flipper_length_mm": "flipper length",
        "body_mass_g": "body mass",
    }
    indices = [table.column(title, "penguins.csv") for title in titles]
    kept = [row for row in table.rows if all(row[k] != NOT_MEASURED for k in indices)]
    inputs = np.array([[float(row[k]) for k in indices] for row in kept])
    species_column = table.column("species", "penguins.csv")
    targets, species = one_hot([row[species_column] for row in kept])
    note = f"Palmer penguins (Gorman et al. 2014): {len(kept)} birds, lengths in mm, mass in g"
    return Table(inputs, targets, tuple(titles.values()), species, note)


def digits(section: Section, _seed: int) -> Table:
    """Handwritten digits of 8 × 8 pixels from 0 to 1, 50 of each, the digit one-hot from 0 to 9."""
    table = _read("digits.csv", section)
    pixels = SIDE * SIDE
    inputs = np.array([[float(cell) for cell in row[:pixels]] for row in table.rows]) / BRIGHTEST
    labels = [int(row[pixels]) for row in table.rows]
    names = tuple(f"row {k // SIDE} column {k % SIDE}" for k in range(pixels))
    note = f"Optical digits (Alpaydin & Kaynak 1998), {len(labels)} of them, 8 × 8 pixels from 0 to 1"
    return Table(inputs, np.eye(10)[labels], names, tuple(str(digit) for digit in range(10)), note)


def _read(name: str, section: Section) -> CsvTable:
    return read_table(read_bounded(resources.path("datasets", name)), section.at("dataset"), needs_header=True)
