"""Sessions to save in tests: branches of every kind of edit, an optimizer with state, data that need members of their own."""

import json
from dataclasses import replace
from pathlib import Path

from bpstudio.files.saved_work import SavedWork
from bpstudio.files.session_archive import MINOR, pack, unpack
from bpstudio.files.session_file import encode
from bpstudio.files.session_members import BOOKMARKS, BRANCHES, BREAKPOINTS, KNOWN, NEEDLESS, RUN, WATCHES
from bpstudio.model.address import parse_address
from bpstudio.model.spec import ActivationName, LossName, LossSpec, OptimizerName, OptimizerSpec, TrainingSpec
from bpstudio.program.levels import Level
from bpstudio.session.branches import DataEdit, LossEdit, NumberEdit, OptimizerEdit
from bpstudio.session.session import Session
from tests.support.specs import run_spec

A = ActivationName


def branched_session(samples: int = 5, unfolded: bool = False) -> Session:
    """Four branches: numbers and data, another optimizer, another loss, one branch deleted; stands inside an iteration."""
    spec = run_spec(
        (2, 3, 2),
        (A.TANH, A.SIGMOID),
        samples=samples,
        loss=LossName.BINARY_CROSS_ENTROPY,
        optimizer=OptimizerSpec(OptimizerName.MOMENTUM, 0.1),
        training=TrainingSpec(batch_size=2, shuffle=True),
    )
    session = Session(spec, is_unfolded=unfolded)
    session.run_iterations(40)
    session.seek(iteration=12)
    session.edit(NumberEdit(parse_address("w[1][0,1]"), 0.75), DataEdit(1, 0, -0.0))
    session.run_iterations(30)
    session.edit(NumberEdit(parse_address("b[2][1]"), 1e-300))
    session.seek(iteration=20)
    session.edit(OptimizerEdit(OptimizerSpec(OptimizerName.ADAM, 0.01)))
    session.run_iterations(9)
    session.delete_branch(2)
    session.switch_branch(0, session.program.iteration_start(4))
    session.edit(LossEdit(LossSpec(LossName.SQUARED_ERROR, 0.5)))
    session.switch_branch(3)
    session.seek(iteration=27)
    session.step(Level.UNIT)
    session.step()
    return session


def same_bits(one: Session, other: Session) -> bool:
    """Whether two sessions stand at the same place of the same branches, with the same bits and losses."""
    return (
        one.branches == other.branches
        and one.branch == other.branch
        and one.position == other.position
        and one.spec == other.spec
        and one.tape.vectors.before.tobytes() == other.tape.vectors.before.tobytes()
        and one.tape.vectors.after.tobytes() == other.tape.vectors.after.tobytes()
        and one.losses.values.tobytes() == other.losses.values.tobytes()
    )


def of_a_newer_version(content: bytes) -> bytes:
    """The same session as a later minor version might write it: something unknown wherever there can be."""
    archive = unpack(content, NEEDLESS)
    documents = {name: json.loads(archive.members[name]) for name in KNOWN if name != RUN}
    for name, document in documents.items():
        document["glow"] = {"of": name, "list": [1, [2.5, None]]}
    for name, listed in (
        (BRANCHES, "branches"),
        (BREAKPOINTS, "breakpoints"),
        (WATCHES, "watches"),
        (BOOKMARKS, "bookmarks"),
    ):
        for number, item in enumerate(documents[name][listed]):
            item["colour"] = f"{listed} {number}"
    documents[BREAKPOINTS]["breakpoints"].append({"key": 40, "kind": "dream", "place": "w[1]", "depth": 3})
    documents[BREAKPOINTS]["exceptions"].append("boredom")
    members = {**archive.members, **{name: json.dumps(document).encode() for name, document in documents.items()}}
    members |= {"stars/1.f8": b"12345678", "chat.json": b'{"hello": true}'}
    return pack(replace(archive, members=members, minor=MINOR + 7, extras={"author": {"name": "x"}}))


def unknown_in(content: bytes) -> dict[str, object]:
    """All that :func:`of_a_newer_version` put in, by its place."""
    archive = unpack(content, NEEDLESS)
    found: dict[str, object] = {"minor": archive.minor, "extras": dict(archive.extras)}
    found |= {name: member for name, member in archive.members.items() if name in ("stars/1.f8", "chat.json")}
    for name in KNOWN[1:]:
        document = json.loads(archive.members[name])
        found[f"{name} glow"] = document.get("glow")
        for listed in ("branches", "breakpoints", "watches", "bookmarks"):
            for item in document.get(listed, ()):
                which = item.get("key", item.get("position"))
                if item.get("kind") == "dream":
                    found["dream"] = (item["place"], item["depth"])
                elif "colour" in item:
                    found[f"{listed} {which}"] = item["colour"]
        found[f"{name} exceptions"] = "boredom" in document.get("exceptions", ())
    return found


def write_golden(path: Path, work: SavedWork, session: Session) -> None:
    """A file as this version writes it, and beside it the numbers it has to bring back in every later one."""
    path.write_bytes(encode(work))
    addresses = ("w[1][0,1]", "b[2][1]", "state.mean.w[2][0,0]")
    expected: dict[str, object] = {
        "position": session.position,
        "branches": [branch.name for branch in session.branches],
        "values": {address: session.value(address) for address in addresses},
    }
    session.run_iterations(50)
    expected["loss_after_50"] = float(session.losses.values[-1])
    path.with_suffix(".json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
