"""Mutated session files: each opens with its own numbers, or is refused in one sentence; no crash, long wait or wrong number.

``scripts/torture mutate --files 5000``. Some have bytes changed, cut, doubled or swapped; in some a member's JSON is changed
and all checksums are made to fit, so that the readers behind them are tried as well.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bpstudio.errors import BpstudioError
from bpstudio.files.saved_work import SavedMarks, SavedWork
from bpstudio.files.session_archive import pack, unpack
from bpstudio.files.session_file import decode, encode, restored
from bpstudio.files.session_members import NEEDLESS
from bpstudio.model.spec import RunSpec
from bpstudio.session.session import Session
from bpstudio.session.stored import store
from tests.files.sessions import branched_session
from tests.support.memory import peak_bytes

MOST_SECONDS = 3.0
MOST_ITERATIONS = 10_000
ODD: tuple[Any, ...] = (None, True, -1, 0, 1, 2**31, 10**400, 1.5, 1e308, "", "x", "w[1][0,0]", [], {}, [[]])


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many were refused, how many opened, what was wrong in sentences, the longest in seconds, and memory in MB."""

    refused: int
    opened: int
    problems: tuple[str, ...]
    slowest: float
    megabytes: float


def plain(spec: RunSpec, is_unfolded: bool) -> Session:
    """A session as saved work wants it."""
    return Session(spec, is_unfolded=is_unfolded)


def with_bytes_changed(content: bytes, chance: random.Random) -> bytes:
    """Flip, cut, double, swap or insert."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        if not data:
            break
        at, size = chance.randrange(len(data)), chance.choice((1, 1, 2, 8, 64, 1000))
        match chance.randrange(6):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at : at + size] = b""
            case 2:
                data[at:at] = data[at : at + size]
            case 3:
                data[at : at + size] = bytes(chance.randrange(256) for _ in range(size))
            case 4:
                other = chance.randrange(len(data))
                data[at : at + size], data[other : other + size] = data[other : other + size], data[at : at + size]
            case _:
                del data[max(1, at) :]
    return bytes(data)


def with_member_changed(content: bytes, chance: random.Random) -> bytes:
    """Change something in the JSON of a member, or an array, and make all checksums fit."""
    archive = unpack(content, NEEDLESS)
    name = chance.choice(sorted(archive.members))
    member = archive.members[name]
    if name.endswith(".json"):
        document = json.loads(member)
        change_value(document, chance)
        member = json.dumps(document, ensure_ascii=True).encode()
    else:
        member = member[: chance.randrange(len(member) + 1)] if chance.random() < 0.7 else member + b"\0" * 8
    members = {**archive.members, name: member}
    if chance.random() < 0.1:
        del members[name]
    return pack(replace(archive, members=members))


def change_value(value: Any, chance: random.Random) -> None:
    """Change, take away or replace one value somewhere in a JSON document."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not keys:
        return
    key = chance.choice(keys)
    inner = value[key]
    if isinstance(inner, dict | list) and inner and chance.random() < 0.75:
        change_value(inner, chance)
    elif chance.random() < 0.15:
        del value[key]
    elif isinstance(inner, int) and not isinstance(inner, bool) and chance.random() < 0.5:
        value[key] = inner + chance.choice((-1, 1, 7, -100, 2**40))
    else:
        value[key] = chance.choice(ODD)


def mutate(files: int, seed: int = 0) -> Outcome:
    """Try so many mutated files."""
    chance, original = random.Random(seed), branched_session()
    work = SavedWork(store(original, 2**16), SavedMarks(watches=((1, "loss"),)), {"digits": 6}, 3)
    content, expected = encode(work), _numbers(original)
    problems: list[str] = []
    refused = opened = 0
    slowest = 0.0
    for number in range(files):
        has_sums = number % 2 == 1
        changed = with_member_changed(content, chance) if has_sums else with_bytes_changed(content, chance)
        began = time.perf_counter()
        try:
            found = decode(changed)
            if found.session.position > original.position + MOST_ITERATIONS * 1000:
                opened += 1  # far away, with progress and a way to cancel
                continue
            session = restored(found, plain)
            if not has_sums and _numbers(session) != expected:
                problems.append(f"file {number}: other numbers")
            session.run_iterations(2)
            opened += 1
        except BpstudioError as error:
            refused += 1
            if "\n" in str(error) or len(str(error)) > 400:
                problems.append(f"file {number}: {str(error)[:200]!r} is no sentence")
        except Exception as error:  # anything else is a finding
            problems.append(f"file {number}: {type(error).__name__}: {error}")
        took = time.perf_counter() - began
        slowest = max(slowest, took)
        if took > MOST_SECONDS:
            problems.append(f"file {number}: took {took:.1f} s")
    megabytes = peak_bytes() / 2**20
    return Outcome(refused, opened, tuple(problems), slowest, megabytes)


def _numbers(session: Session) -> tuple[object, ...]:
    return session.position, session.branches, session.tape.vectors.before.tobytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and say what was found."""
    parser = argparse.ArgumentParser(description="mutated session files")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    outcome = mutate(options.files, options.seed)
    print(
        f"{options.files} files: {outcome.refused} refused, {outcome.opened} opened, {len(outcome.problems)} problems, "
        f"slowest {outcome.slowest:.2f} s, {outcome.megabytes:.0f} MB at most"
    )
    for problem in outcome.problems[:50]:
        print(f"  {problem}")
    return 1 if outcome.problems or outcome.megabytes > 400 else 0


if __name__ == "__main__":
    sys.exit(main())
