"""Session files: what is saved comes back bit for bit, what is damaged is named, what is newer is kept."""

import dataclasses
import io
import json
import os
import random
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest

import bpstudio
from bpstudio.errors import BpstudioError, SessionFileError
from bpstudio.files import session_limits as limits
from bpstudio.files.journal import Journal, recover
from bpstudio.files.migrations import MIGRATIONS, migrate
from bpstudio.files.saved_work import SavedBookmark, SavedBreakpoint, SavedMarks, SavedWork
from bpstudio.files.session_archive import MANIFEST, MINOR, Archive, pack, unpack
from bpstudio.files.session_file import decode, encode, load_session_file, restored, save_session, save_session_file
from bpstudio.files.session_members import NEEDLESS
from bpstudio.model.spec import RunSpec
from bpstudio.session.session import Session
from bpstudio.session.stored import store
from tests.files.sessions import branched_session, of_a_newer_version, same_bits, unknown_in, write_golden
from tests.support.specs import run_spec

GOLDEN = Path(__file__).parent / "golden"
MARKS = SavedMarks(
    (SavedBreakpoint(3, "condition", condition="loss < 0.1", hit_rule=">=2"),),
    ("not_finite", "dead_unit"),
    ((4, "delta[1][0]"),),
    (SavedBookmark(17, "here", "a note"),),
)


def plain(spec: RunSpec, is_unfolded: bool) -> Session:
    return Session(spec, is_unfolded=is_unfolded)


def work_of(session: Session, most_bytes: int = 2**20) -> SavedWork:
    return SavedWork(store(session, most_bytes), MARKS, {"notation": "matrix", "digits": 6}, 3)


def rewritten(content: bytes, **members: bytes) -> bytes:
    """The archive with other members, all sums made to fit."""
    archive = unpack(content, NEEDLESS)
    return pack(dataclasses.replace(archive, members={**archive.members, **members}))


@pytest.mark.parametrize("unfolded", [False, True])
@pytest.mark.parametrize("samples", [5, 260])
def test_a_session_comes_back_with_the_same_bits(samples: int, unfolded: bool) -> None:
    session = branched_session(samples, unfolded)
    work = decode(encode(work_of(session)))
    back = restored(work, plain)
    assert same_bits(back, session)
    assert (work.marks, dict(work.view), work.generation, work.is_own) == (
        MARKS,
        {"notation": "matrix", "digits": 6},
        3,
        True,
    )
    for key in (0, 1, 4, 3):
        for one in (back, session):
            one.switch_branch(key)
            one.run_iterations(25)
        assert same_bits(back, session)
    assert not back.damages


@pytest.mark.parametrize("most_bytes", [1, 2000, 2**20])
def test_whatever_the_checkpoints_may_take_nothing_but_time_is_lost(most_bytes: int) -> None:
    session = branched_session()
    back = restored(decode(encode(work_of(session, most_bytes))), plain)
    assert same_bits(back, session)
    assert back.live == session.live


def test_without_any_results_the_run_is_computed_again_edits_and_all() -> None:
    session = branched_session()
    work = work_of(session)
    bare = dataclasses.replace(work, session=work.session.without_results)
    back = restored(decode(encode(bare)), plain)
    back.seek(iteration=session.losses.count)
    session.seek(iteration=session.losses.count)
    assert same_bits(back, session)


def test_what_was_saved_is_verified_where_the_run_comes_by() -> None:
    session = branched_session()
    back = restored(decode(encode(work_of(session))), plain)
    back.switch_branch(0)
    back.seek(iteration=0)
    for _ in range(30):
        back.run_iterations(1)
    assert back.verified > 0
    assert not back.damages


@pytest.mark.parametrize("member", ["checkpoints/0.f8", "series/1.f8", "checkpoints/3.f8"])
def test_damaged_results_are_left_out_said_and_computed_again(member: str) -> None:
    session = branched_session()
    content = encode(work_of(session))
    inside = unpack(content, NEEDLESS).members[member]
    at = content.index(inside) + len(inside) // 2
    damaged = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    work = decode(damaged)
    assert "computed again" in work.notes[0]
    back = restored(work, plain)
    for one in (back, session):
        one.seek(iteration=25)
    assert back.tape.vectors.after.tobytes() == session.tape.vectors.after.tobytes()


def test_every_changed_byte_is_noticed_or_changes_nothing() -> None:
    session = branched_session()
    content = encode(work_of(session))
    chance = random.Random(6)
    refused = 0
    for _ in range(300):
        at = chance.randrange(len(content))
        changed = content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]
        try:
            work = decode(changed)
        except SessionFileError:
            refused += 1
            continue
        assert dataclasses.replace(work.session.without_results) == work_of(session).session.without_results
        assert work.marks == MARKS
    assert refused > 50


def test_cut_off_files_are_refused() -> None:
    content = encode(work_of(branched_session()))
    for length in (0, 1, 4, 30, len(content) // 2, len(content) - 1):
        with pytest.raises(SessionFileError):
            decode(content[:length])


def test_a_newer_minor_version_opens_and_what_it_knows_is_kept() -> None:
    content = encode(work_of(branched_session()))
    archive = unpack(content, NEEDLESS)
    view = json.dumps({**json.loads(archive.members["view.json"]), "glow": "much"}).encode()
    watches = json.dumps({**json.loads(archive.members["watches.json"]), "colours": [1, 2]}).encode()
    newer = pack(
        dataclasses.replace(
            archive,
            minor=7,
            extras={"author": {"name": "x"}},
            members={**archive.members, "view.json": view, "watches.json": watches, "stars/1.f8": b"12345678"},
        )
    )
    work = decode(newer)
    assert "newer version" in work.notes[0]
    again = unpack(encode(work), NEEDLESS)
    assert (again.minor, again.extras, again.members["stars/1.f8"]) == (7, {"author": {"name": "x"}}, b"12345678")
    assert json.loads(again.members["view.json"])["glow"] == "much"
    assert json.loads(again.members["watches.json"])["colours"] == [1, 2]


def test_whatever_a_newer_version_put_in_is_still_there_after_opening_and_saving() -> None:
    newer = of_a_newer_version(encode(work_of(branched_session())))
    once = encode(decode(newer))
    assert unknown_in(once) == unknown_in(newer)
    assert unknown_in(encode(decode(once))) == unknown_in(newer)
    assert len(unknown_in(newer)) > 15
    assert decode(newer).marks.bookmarks == MARKS.bookmarks


def test_a_journal_keeps_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    newer = of_a_newer_version(encode(work_of(branched_session())))
    journal = Journal.begin()
    assert journal is not None
    journal.write(decode(newer), "a", "", has_results=True)
    assert unknown_in(encode(recover(Journal(journal.folder)))) == unknown_in(newer)


def test_an_edit_of_an_unknown_kind_or_an_unknown_key_of_the_run_would_change_numbers_and_is_refused() -> None:
    content = encode(work_of(branched_session()))
    members = unpack(content, NEEDLESS).members
    run = {**json.loads(members["run.json"]), "gravity": 9.81}
    assert "gravity: unknown key" in refused(rewritten(content, **{"run.json": json.dumps(run).encode()}))
    branches = json.loads(members["branches.json"])
    branches["branches"][1]["edits"][0]["weight"] = 2
    assert "weight: unknown key" in refused(rewritten(content, **{"branches.json": json.dumps(branches).encode()}))


def test_there_is_a_golden_file_of_this_version_and_it_is_written_as_it_was() -> None:
    path = GOLDEN / f"session-1.{MINOR}.bps"
    golden = unpack(path.read_bytes(), NEEDLESS)
    again = unpack(encode(load_session_file(path)), NEEDLESS)
    assert (again.minor, again.generation, again.summation) == (golden.minor, golden.generation, golden.summation)
    assert set(again.members) == set(golden.members), "another format needs another minor version and a new golden file"
    for name, member in golden.members.items():
        if name.endswith(".json"):
            documents = [json.loads(one) for one in (member, again.members[name])]
            for document in documents:
                document.pop("seal", None)  # says whose breakpoints these are: another user's here
            assert documents[0] == documents[1], name
        else:
            assert again.members[name] == member, name


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.bps")), ids=lambda path: path.name)
def test_files_of_every_version_open_with_the_numbers_they_were_saved_with(path: Path) -> None:
    work = load_session_file(path)
    session = restored(work, plain)
    expected = json.loads(path.with_suffix(".json").read_text())
    assert session.position == expected["position"]
    assert [branch.name for branch in session.branches] == expected["branches"]
    for address, number in expected["values"].items():
        assert session.value(address) == number
    session.run_iterations(50)
    assert float(session.losses.values[-1]) == expected["loss_after_50"]
    assert work.marks == MARKS


def test_migrations_lead_from_each_version_to_the_next() -> None:
    old = Archive({"run.json": b"0"}, minor=0)
    steps = {n: lambda members, n=n: {**members, f"step-{n}.json": b"1"} for n in range(3)}
    new = migrate(old, steps, newest=3)
    assert new.minor == 3
    assert set(new.members) == {"run.json", "step-0.json", "step-1.json", "step-2.json"}
    assert migrate(Archive({}, minor=9), steps, newest=3).minor == 9
    assert set(range(MINOR)) == set(MIGRATIONS)


def test_breakpoints_of_other_people_are_known_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    content = encode(work_of(branched_session()))
    assert decode(content).is_own
    archive = unpack(content, NEEDLESS)
    document = json.loads(archive.members["breakpoints.json"])
    document["breakpoints"][0]["condition"] = "loss < 0.2"
    assert not decode(rewritten(content, **{"breakpoints.json": json.dumps(document).encode()})).is_own
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "somebody else"))
    assert not decode(content).is_own


# Wrong in form.


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, content in members.items():
            file.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(SessionFileError) as caught:
        restored(decode(content), plain)
    return str(caught.value)


def test_archives_that_are_no_sessions_are_refused_in_one_sentence() -> None:
    assert "no session" in refused(zipped({"hello.txt": b"x"}))
    assert "no name" in refused(zipped({"../up.json": b"{}"}))
    assert "no name" in refused(zipped({"/etc/passwd.json": b"{}"}))
    assert "not compressed" in refused(zipped({MANIFEST: b"{}" * 1000}, zipfile.ZIP_DEFLATED))
    assert "members" in refused(zipped({f"m{k}.json": b"" for k in range(limits.MOST_MEMBERS + 1)}))
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as file:
        entry = zipfile.ZipInfo(MANIFEST)
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(entry, b"/etc/passwd")
    assert "regular file" in refused(link.getvalue())
    deep = b'{"format":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert "deep" in refused(zipped({MANIFEST: deep}))
    assert "newer" in refused(zipped({MANIFEST: b'{"format": "bpstudio-session/2"}'}))


WRONG = [
    ("branches.json", lambda d: {**d, "current": 77}, "no branch 77"),
    ("branches.json", lambda d: {**d, "branches": d["branches"][1:]}, "branch 0"),
    ("branches.json", lambda d: {**d, "position": -1}, "position"),
    ("branches.json", lambda d: {**d, "position": 1.5}, "position"),
    ("branches.json", lambda d: {**d, "branches": [*d["branches"][:1], {**d["branches"][1], "parent": 9}]}, "missing"),
    ("branches.json", lambda d: {**d, "branches": [{**d["branches"][0], "checkpoints": [3, 2, 1]}]}, "iterations"),
    ("branches.json", lambda d: {**d, "branches": [{**d["branches"][0], "computed": 3}]}, "losses"),
    (
        "branches.json",
        lambda d: {**d, "branches": [d["branches"][0], {**d["branches"][1], "edits": [{"kind": "magic"}]}]},
        "newer version",
    ),
    (
        "branches.json",
        lambda d: {
            **d,
            "branches": [
                d["branches"][0],
                {**d["branches"][1], "edits": [{"kind": "number", "address": "w[9][0,0]", "value": 1}], "fork": 3},
            ],
        },
        "",
    ),
    ("run.json", lambda d: {**d, "data": {"csv": "/etc/passwd", "inputs": [0], "targets": [1]}}, "rows themselves"),
    ("run.json", lambda d: {**d, "network": {"inputs": 3, "layers": d["network"]["layers"]}}, "input"),
    (
        "run.json",
        lambda d: {**d, "data": {**d["data"], "inputs": {"array": "run/none.f8", "shape": [2, 2]}}},
        "missing",
    ),
    ("breakpoints.json", lambda d: {**d, "breakpoints": 5}, "breakpoints"),
    ("watches.json", lambda d: {**d, "watches": [{"key": "x", "expression": "loss"}]}, "key"),
]


@pytest.mark.parametrize(("member", "change", "words"), WRONG)
def test_members_that_do_not_fit_are_named(member: str, change: object, words: str) -> None:
    content = encode(work_of(branched_session()))
    document = json.loads(unpack(content, NEEDLESS).members[member])
    changed = json.dumps(change(document)).encode()  # type: ignore[operator]
    assert words in refused(rewritten(content, **{member: changed}))


def test_too_large_sessions_are_neither_written_nor_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = branched_session(400)
    path = tmp_path / "a.bps"
    save_session(session, path)
    monkeypatch.setattr("bpstudio.files.session_file.MOST_SESSION_BYTES", 1000)
    with pytest.raises(BpstudioError, match="at most 1,000"):
        load_session_file(path)
    monkeypatch.setattr(limits, "MOST_SESSION_BYTES", 2**20 + 1000)
    with pytest.raises(SessionFileError, match="at most 1 MiB"):
        save_session(session, path)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.bps"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/zero"), tmp_path / "none.bps"):
        with pytest.raises(BpstudioError):
            load_session_file(path)


def test_large_data_lie_beside_the_run_and_are_the_same_bits() -> None:
    spec = run_spec((2, 3, 2), samples=5000)
    archive = unpack(encode(SavedWork(store(Session(spec), 2**20))), NEEDLESS)
    assert len(archive.members["run.json"]) < 2000
    back = decode(pack(archive)).session.spec
    assert back == spec
    assert np.array_equal(back.dataset.inputs, spec.dataset.inputs)


# Python and saving.


def test_python_saves_and_opens_sessions(tmp_path: Path) -> None:
    session = bpstudio.open("xor")
    session.run_iterations(300)
    session.step("unit")
    session.save(tmp_path / "a.bps")
    back = bpstudio.open(tmp_path / "a.bps")
    assert same_bits(back, session)
    assert back.operation == session.operation


def test_the_previous_file_is_kept_under_its_name_with_a_tilde(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    path, session = folder / "a.bps", branched_session()
    contents = []
    for generation in (1, 2, 3):
        save_session_file(path, dataclasses.replace(work_of(session), generation=generation))
        contents.append(path.read_bytes())
    assert [load_session_file(one).generation for one in (path, folder / "a.bps~")] == [3, 2]
    assert (folder / "a.bps~").read_bytes() == contents[1]
    assert sorted(os.listdir(folder)) == ["a.bps", "a.bps~"]


def test_a_golden_file_is_written_as_the_kept_one_was(tmp_path: Path) -> None:
    session = branched_session()
    write_golden(tmp_path / "new.bps", work_of(session, 4000), session)
    assert json.loads((tmp_path / "new.json").read_text()) == json.loads((GOLDEN / "session-1.0.json").read_text())
