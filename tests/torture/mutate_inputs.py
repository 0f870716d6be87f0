"""Mutated run files, tables and files of weights: read, or refused in one sentence; no crash, long wait or crowd in memory.

``scripts/torture mutate_inputs --files 600 [--seed N]``: so many of each kind. Bytes are changed, cut, doubled and swapped; of
run files and tables also whole values, so that what stands behind the parser is tried as well. What opens also computes.
"""

import argparse
import csv
import io
import json
import random
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bpstudio.errors import BpstudioError
from bpstudio.files.csv_data import read_table
from bpstudio.files.csv_import import CsvImport, preview_of
from bpstudio.files.csv_options import HEAD_BYTES, guess_options
from bpstudio.files.examples import example_names, example_text
from bpstudio.files.model_export import model_bytes
from bpstudio.files.model_import import with_weights
from bpstudio.files.onnx_chain import is_installed
from bpstudio.files.run_file import load_run_text
from bpstudio.model.passes import Engine
from bpstudio.model.spec import RunSpec
from bpstudio.session.session import Session
from tests.support.memory import peak_bytes
from tests.support.specs import run_spec
from tests.torture.mutate import MOST_SECONDS, change_value, with_bytes_changed

MOST_MEGABYTES = 400
ODD_CELLS = (
    *("", " ", "nan", "inf", "1e999", "-0", "0x10", "1_000", "1,5", "٣", "½", "1e-400", "=1+1", "9" * 500, "a" * 5000),
    *("\0", '"', "'", "\ufeff", "\x1b[31m", "\u2028", "\r", "\n"),
)
TABLE = "x;y;kind\n" + "".join(f"{k / 7:.4f};{-k * 3 % 11};{'ab'[k % 2]}\n" for k in range(60))


Maker = Callable[[random.Random], Iterator[Callable[[], object]]]


@dataclass(slots=True)
class Kind:
    """What came of one kind of file."""

    name: str
    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    problems: list[str] = field(default_factory=list)


def run_files(chance: random.Random) -> Iterator[Callable[[], object]]:
    """Examples with something else in them."""
    texts = [example_text(name) for name in example_names()]
    while True:
        text = chance.choice(texts)
        if chance.random() < 0.5:
            document = json.loads(text)
            for _ in range(chance.choice((1, 1, 2, 3))):
                change_value(document, chance)
            content = json.dumps(document).encode()
        else:
            content = _a_little_changed(text.encode(), chance)
        yield lambda content=content: _computed(load_run_text(content, Path()))  # type: ignore[misc]


def _computed(spec: RunSpec) -> None:
    Session(spec).run_iterations(2)


def tables(chance: random.Random) -> Iterator[Callable[[], object]]:
    """A small table with other bytes or cells, read as a run file does and as the import does."""
    while True:
        if chance.random() < 0.5:
            content = _a_little_changed(TABLE.encode(), chance)
        else:
            rows = [line.split(";") for line in TABLE.splitlines()]
            for _ in range(chance.randint(1, 6)):
                row = chance.choice(rows)
                row[chance.randrange(len(row))] = chance.choice(ODD_CELLS)
                if chance.random() < 0.2:
                    row.extend(chance.choices(ODD_CELLS, k=chance.choice((1, 3, 2000))))
            buffer = io.StringIO()
            writer = csv.writer(
                buffer, delimiter=chance.choice(",;\t "), lineterminator=chance.choice(("\n", "\r\n", "\r"))
            )
            writer.writerows(rows)
            content = buffer.getvalue().encode(
                chance.choice(("utf-8", "utf-8", "utf-16", "utf-16-le", "latin-1")), "replace"
            )
        read = chance.choice((_imported, lambda content: read_table(content, "table.csv", True)))
        yield lambda content=content, read=read: read(content)  # type: ignore[misc]


def _imported(content: bytes) -> None:
    options = guess_options(content[:HEAD_BYTES])
    preview_of(content[:HEAD_BYTES], options)
    job = CsvImport(content, options, "table.csv")
    while not job.advance(1.0):
        pass


def weights(suffix: str, folder: Path) -> Maker:
    """Files of one format with other bytes; the run they are for stays what it is."""
    spec = run_spec((3, 4, 2))
    engine = Engine(spec)
    good = model_bytes(spec, engine.state()[: engine.layout.size], suffix)

    def made(chance: random.Random) -> Iterator[Callable[[], object]]:
        path = folder / f"file{suffix}"
        while True:
            is_inside = suffix == ".npz" and chance.random() < 0.5
            path.write_bytes(_with_members_changed(good, chance) if is_inside else _a_little_changed(good, chance))
            yield lambda: _computed(with_weights(spec, path))

    return made


def _a_little_changed(content: bytes, chance: random.Random) -> bytes:
    """One bit, or as much as sessions get."""
    if chance.random() < 0.5:
        return with_bytes_changed(content, chance)
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


def _with_members_changed(content: bytes, chance: random.Random) -> bytes:
    """Other bytes in the arrays of a .npz, their sums made to fit."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as good, zipfile.ZipFile(buffer, "w") as made:
        for entry in good.infolist():
            member = good.read(entry)
            made.writestr(entry.filename, _a_little_changed(member, chance) if chance.random() < 0.4 else member)
    return buffer.getvalue()


def try_all(name: str, files: Iterator[Callable[[], object]], count: int) -> Kind:
    """Read so many files."""
    kind = Kind(name)
    for number in range(count):
        read = next(files)
        began = time.process_time()
        try:
            read()
            kind.read += 1
        except BpstudioError as error:
            kind.refused += 1
            if not str(error).isprintable() or len(str(error)) > 1000:
                kind.problems.append(f"file {number}: {str(error)[:200]!r} is no sentence")
        except Exception as error:  # anything else is a finding
            kind.problems.append(f"file {number}: {type(error).__name__}: {error}")
        took = time.process_time() - began
        kind.slowest = max(kind.slowest, took)
        if took > MOST_SECONDS:
            kind.problems.append(f"file {number}: took {took:.1f} s")
    return kind


def mutate_inputs(count: int, seed: int = 0) -> list[Kind]:
    """Try so many files of each kind."""
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # numbers of 1e308 overflow, as they should
        folder = Path(name) / "files"
        folder.mkdir()
        makers: dict[str, Maker] = {"run files": run_files, "tables": tables}
        for suffix in (".npz", ".safetensors", *((".onnx",) if is_installed() else ())):
            makers[suffix] = weights(suffix, folder)
        found = [try_all(name, make(random.Random(f"{seed} {name}")), count) for name, make in makers.items()]
        strays = {path.name for path in folder.parent.rglob("*")} - {"files", *(f"file{s}" for s in makers)}
        if strays:
            found[-1].problems.append(f"left behind: {sorted(strays)}")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and say what was found."""
    parser = argparse.ArgumentParser(description="mutated run files, tables and files of weights")
    parser.add_argument("--files", type=int, default=600, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    found = mutate_inputs(options.files, options.seed)
    for kind in found:
        words = f"{kind.read} read, {kind.refused} refused, {len(kind.problems)} problems, slowest {kind.slowest:.2f} s"
        print(f"{kind.name}: {words}")
        for problem in kind.problems[:20]:
            print(f"  {problem}")
    megabytes = peak_bytes() / 2**20
    print(f"{megabytes:.0f} MB at most")
    return 1 if megabytes > MOST_MEGABYTES or any(kind.problems for kind in found) else 0


if __name__ == "__main__":
    sys.exit(main())
