"""Files of weights that somebody made up or that broke: one sentence each, no crash, no unpickling, little memory.

All of them are read in a process of its own, whose largest memory is looked at afterwards.
"""

import json
import struct
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from bpstudio.errors import WeightsError
from bpstudio.files.model_export import model_bytes
from bpstudio.files.model_import import with_weights
from bpstudio.files.onnx_chain import is_installed
from bpstudio.files.weight_mapping import open_weights
from bpstudio.files.weights_npz import npz_bytes
from bpstudio.model.passes import Engine
from bpstudio.model.spec import RunSpec
from tests.support.memory import peak_bytes
from tests.support.specs import run_spec

MUTANTS = 1000
MOST_MEMORY = 400 * 2**20
SPEC = run_spec((3, 4, 2))


def good_files() -> dict[str, bytes]:
    engine = Engine(SPEC)
    parameters = engine.state()[: engine.layout.size]
    suffixes = [".npz", ".safetensors", *([".onnx"] if is_installed() else [])]
    return {suffix: model_bytes(SPEC, parameters, suffix) for suffix in suffixes}


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """A few bytes changed, cut out, doubled or put in."""
    data = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        at, length = int(random.integers(0, len(data))), int(random.integers(1, 12))
        match int(random.integers(0, 6)):
            case 0:
                data[at] ^= 1 << int(random.integers(0, 8))
            case 1:
                data[at] = int(random.choice([0, 1, 0x7F, 0x80, 0xFF]))
            case 2:
                del data[at : at + length]
            case 3:
                data[at:at] = data[at : at + length]
            case 4:
                data[at:at] = bytes(random.integers(0, 256, length, dtype=np.uint8))
            case _:
                del data[at:]
        if not data:
            return b""
    return bytes(data)


def mutants(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    random, files = np.random.default_rng(seed), good_files()
    for number in range(count):
        suffix = list(files)[number % len(files)]
        yield suffix, mutated(files[suffix], random)


def outcome(spec: RunSpec, path: Path) -> str:
    """`read`, or the sentence; anything else but a WeightsError goes through."""
    try:
        changed = with_weights(spec, path)
    except WeightsError as error:
        return str(error)
    assert changed.network.inputs == spec.network.inputs
    return "read"


def test_mutants_are_read_or_refused_in_one_sentence(tmp_path: Path) -> None:
    found, folder = [], tmp_path / "files"
    folder.mkdir()
    for number, (suffix, content) in enumerate(mutants(1, MUTANTS)):
        path = folder / f"m{number % 3}{suffix}"
        path.write_bytes(content)
        found.append(outcome(SPEC, path))
        path.unlink()
    refused = [sentence for sentence in found if sentence != "read"]
    assert len(refused) > MUTANTS // 3
    assert all("\n" not in sentence and len(sentence) < 500 for sentence in refused)
    assert list(folder.iterdir()) == []


# Made up by hand.


def npz(**members: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def bomb() -> bytes:
    """300 MiB of zeros behind a header, in a file of 300 kB."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("w.npy", "w") as member:
        member.write(npy(header_of("(4, 3)")))
        for _ in range(300):
            member.write(bytes(2**20))
    return buffer.getvalue()


def npy(header: str, body: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + body


def pickled() -> bytes:
    buffer = BytesIO()
    np.lib.format.write_array(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def header_of(shape: str, kind: str = "'<f8'") -> str:
    return f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}"


def safetensors(header: object, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return struct.pack("<Q", len(text)) + text + body


def about(shape: list[int], offsets: list[int], kind: str = "F64") -> dict[str, object]:
    return {"dtype": kind, "shape": shape, "data_offsets": offsets}


GOOD = npy(header_of("(4, 3)"), bytes(96))


def packed(*members: tuple[str, bytes], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A .npz of members by their whole names, in order, one name twice if that is asked for."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", way) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def broken(content: bytes) -> bytes:
    """The same with some bytes in the middle of its first member changed."""
    at = len(content) // 3
    return content[:at] + bytes(byte ^ 0x55 for byte in content[at : at + 16]) + content[at + 16 :]


def encrypted(content: bytes) -> bytes:
    """The same with a member that says it is encrypted, in both its headers."""
    data = bytearray(content)
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty": (".npz", lambda: b""),
    "no members": (".npz", lambda: npz_bytes({})),
    "a pickle inside": (".npz", lambda: npz(w=pickled())),
    "a bomb": (".npz", bomb),
    "huge shape": (".npz", lambda: npz(w=npy(header_of("(10**9, 10**9)")))),
    "huge numbers": (".npz", lambda: npz(w=npy(header_of("(" + "9" * 300 + ",)")))),
    "negative shape": (".npz", lambda: npz(w=npy(header_of("(-4, -3)")))),
    "too little": (".npz", lambda: npz(w=npy(header_of("(4, 3)"), bytes(8)))),
    "text": (".npz", lambda: npz(w=npy(header_of("(4, 3)", "'<U100'"), bytes(4800)))),
    "a structure": (".npz", lambda: npz(w=npy(header_of("(4,)", "[('a', '<f8')]"), bytes(32)))),
    "a call": (".npz", lambda: npz(w=npy("__import__('os').getcwd()"))),
    "deep header": (".npz", lambda: npz(w=npy("(" * 5000 + ")" * 5000))),
    "unknown version": (".npz", lambda: npz(w=npy(header_of("(4, 3)"), bytes(96), b"\x09\x00"))),
    "not an array": (".npz", lambda: npz(w=b"hello")),
    "3000 members": (".npz", lambda: npz_bytes({f"a{k}": np.zeros(1) for k in range(3000)})),
    "two of one name": (".npz", lambda: packed(("w.npy", GOOD), ("w.npy", GOOD))),
    "two whose ends differ": (".npz", lambda: packed(("w.npy", GOOD), ("w", GOOD))),
    "packed as nobody packs": (".npz", lambda: packed(("w.npy", GOOD), way=zipfile.ZIP_LZMA)),
    "broken as nobody packs": (".npz", lambda: broken(packed(("w.npy", GOOD), way=zipfile.ZIP_LZMA))),
    "broken": (".npz", lambda: broken(packed(("w.npy", GOOD)))),
    "encrypted": (".npz", lambda: encrypted(packed(("w.npy", GOOD)))),
    "another name in front": (".npz", lambda: packed(("w.npy", GOOD)).replace(b"w.npy", b"v.npy", 1)),
    "a single number": (".npz", lambda: npz(w=npy(header_of("()"), bytes(8)))),
    "no numbers": (".npz", lambda: npz(w=npy(header_of("(0, 10**12)".replace("10**12", "1" + "0" * 12))))),
    "overflowing to nothing": (".npz", lambda: npz(w=npy(header_of("(4294967296, 4294967296)"), bytes(96)))),
    "half a number long": (".npz", lambda: npz(w=npy(header_of("(1.5, 8)"), bytes(96)))),
    "dates": (".npz", lambda: npz(w=npy(header_of("(4, 3)", "'<M8[ns]'"), bytes(96)))),
    "complex": (".npz", lambda: npz(w=npy(header_of("(4, 3)", "'<c16'"), bytes(192)))),
    "arrays of arrays": (".npz", lambda: npz(w=npy(header_of("(4, 3)", "('<f8', (1000000,))"), bytes(96)))),
    "a header of four gigabytes": (".npz", lambda: npz(w=b"\x93NUMPY\x02\x00" + b"\xff" * 4 + b"x" * 100)),
    "a hundred dimensions": (".npz", lambda: npz(w=npy(header_of("(" + "1, " * 100 + ")"), bytes(8)))),
    "empty tensors": (".safetensors", lambda: b""),
    "two tensors of one name": (
        ".safetensors",
        lambda: safetensors(
            b'{"w": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}, '
            b'"w": {"dtype": "F64", "shape": [1], "data_offsets": [8, 16]}}',
            bytes(16),
        ),
    ),
    "negative offsets": (".safetensors", lambda: safetensors({"w": about([4, 3], [-96, 0])}, bytes(96))),
    "more behind the end": (".safetensors", lambda: safetensors({"w": about([1], [0, 8])}, bytes(16))),
    "one tensor within another": (
        ".safetensors",
        lambda: safetensors({"w": about([4, 3], [0, 96]), "b": about([4], [8, 40])}, bytes(96)),
    ),
    "notes that are no texts": (
        ".safetensors",
        lambda: safetensors({"__metadata__": {"a": {"b": 1}}, "w": about([1], [0, 8])}, bytes(8)),
    ),
    "20000 tensors": (".safetensors", lambda: safetensors({f"t{k}": about([0], [0, 0]) for k in range(20_000)})),
    "a header of spaces": (".safetensors", lambda: safetensors(b" " * (5 * 2**20))),
    "long header": (".safetensors", lambda: struct.pack("<Q", 2**62) + b"{}"),
    "overlap": (".safetensors", lambda: safetensors({"w": about([1], [0, 8]), "b": about([1], [0, 8])}, bytes(8))),
    "beyond the end": (".safetensors", lambda: safetensors({"w": about([4, 3], [0, 96])}, bytes(8))),
    "huge tensor": (".safetensors", lambda: safetensors({"w": about([2**40, 2**40], [0, 8])}, bytes(8))),
    "unknown type": (".safetensors", lambda: safetensors({"w": about([1], [0, 8], "Q7")}, bytes(8))),
    "bfloat": (".safetensors", lambda: safetensors({"w1": about([4, 3], [0, 24], "BF16")}, bytes(24))),
    "no json": (".safetensors", lambda: safetensors(b"{{{{")),
    "a list": (".safetensors", lambda: safetensors([1, 2])),
    "deep json": (".safetensors", lambda: safetensors(b"[" * 100_000)),
    "empty graph": (".onnx", lambda: b""),
    "text graph": (".onnx", lambda: b"hello"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_made_up_file_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    suffix, make = HOSTILE[name]
    if suffix == ".onnx" and not is_installed():
        pytest.skip("needs onnx")
    path = tmp_path / f"file{suffix}"
    path.write_bytes(make())
    said = outcome(SPEC, path)
    assert said != "read"
    assert "\n" not in said
    assert len(said) < 500


def onnx_model(change: Callable[[object], None]) -> bytes:
    onnx = pytest.importorskip("onnx")
    model = onnx.load_model_from_string(good_files()[".onnx"])
    change(model)
    return bytes(model.SerializeToString())


def circle(model: object) -> None:
    model.graph.node[0].input[0] = "a1"  # type: ignore[attr-defined]
    model.graph.node[1].output[0] = "a1"  # type: ignore[attr-defined]


def elsewhere(model: object) -> None:
    tensor = model.graph.initializer[0]  # type: ignore[attr-defined]
    tensor.data_location = 1
    tensor.external_data.add(key="location", value="/etc/passwd")


def lying(model: object) -> None:
    model.graph.initializer[0].dims[:] = [2**31, 2**31]  # type: ignore[attr-defined]


def twice(model: object) -> None:
    model.graph.initializer.append(model.graph.initializer[0])  # type: ignore[attr-defined]


def backwards(model: object) -> None:
    model.graph.initializer[0].dims[:] = [-4, -3]  # type: ignore[attr-defined]


def around(model: object) -> None:
    model.graph.initializer[0].dims[:] = [2**62, 2**62, 4]  # type: ignore[attr-defined]


def crowded(model: object) -> None:
    for _ in range(100_000):
        model.graph.node.add(op_type="Identity", input=["x"], output=["y"])  # type: ignore[attr-defined]


def of_texts(model: object) -> None:
    tensor = model.graph.initializer[0]  # type: ignore[attr-defined]
    tensor.ClearField("raw_data")
    tensor.data_type = 8
    tensor.string_data.extend([b"a"] * 12)


def not_finite(model: object) -> None:
    tensor = model.graph.initializer[0]  # type: ignore[attr-defined]
    tensor.raw_data = struct.pack("<d", float("nan")) * (len(tensor.raw_data) // 8)


def endless(model: object) -> None:
    model.graph.output[0].name = "nowhere"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "change", [circle, elsewhere, lying, twice, backwards, around, crowded, of_texts, not_finite, endless]
)
def test_a_made_up_graph_is_refused(change: Callable[[object], None], tmp_path: Path) -> None:
    path = tmp_path / "file.onnx"
    path.write_bytes(onnx_model(change))
    assert outcome(SPEC, path) != "read"


@pytest.mark.parametrize(("kind", "order"), [(">f8", "C"), ("<f8", "F"), (">f4", "F"), ("<i2", "C")])
def test_other_orders_of_bytes_and_entries_are_the_same_numbers(kind: str, order: str, tmp_path: Path) -> None:
    values = np.arange(12).reshape(4, 3)
    path = tmp_path / "w.npz"
    body = values.astype(kind).tobytes(order)  # type: ignore[arg-type]
    path.write_bytes(npz(w=npy(header_of("(4, 3)", f"'{kind}'").replace("False", str(order == "F")), body)))
    assert open_weights(path).read("w").tolist() == values.tolist()


def test_names_lead_nowhere(tmp_path: Path) -> None:
    """Members are arrays by name, whatever the name: nothing is ever written."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = folder / "w.npz"
    names = ("../../up.npy", "/tmp/away.npy", "C:\\x.npy", "\x1b[31m\n.npy")
    path.write_bytes(packed(*((name, GOOD) for name in names)))
    found = open_weights(path)
    assert [tensor.shape for tensor in found.tensors] == [(4, 3)] * 4
    assert found.read(found.tensors[0].name).shape == (4, 3)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]


def test_a_link_to_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "zero.npz").symlink_to("/dev/zero")
    with pytest.raises(WeightsError, match="not a regular file"):
        open_weights(tmp_path / "zero.npz")


# Memory, of a process of its own.


def read_everything(folder: Path) -> int:
    """Read all hostile files and some mutants; returns the largest memory in bytes."""
    for suffix, make in HOSTILE.values():
        path = folder / f"h{suffix}"
        path.write_bytes(make())
        outcome(SPEC, path)
    for suffix, content in mutants(2, 100):
        path = folder / f"m{suffix}"
        path.write_bytes(content)
        outcome(SPEC, path)
    return peak_bytes()


def test_reading_them_all_takes_little_memory(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from tests.files.test_hostile_weights import read_everything as r; "
    done = subprocess.run(
        [sys.executable, "-c", code + "print(r(Path(sys.argv[1])))", str(tmp_path)],
        capture_output=True, text=True, check=True, timeout=120, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert int(done.stdout) < MOST_MEMORY
