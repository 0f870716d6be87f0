"""Stepped, run at once, run in a fresh process: the same bits in all parameters and state, and in every running sum."""

import hashlib
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.files.run_document import spec_to_document
from bpstudio.files.run_file import open_run, parse_run
from bpstudio.model.address import Address, Quantity
from bpstudio.model.passes import Engine
from bpstudio.model.spec import ActivationName, LossName, RunSpec, Summation, TrainingSpec
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from tests.support.specs import run_spec, run_specs

ITERATIONS = 3

FRESH = """
import hashlib, json, sys
from pathlib import Path
from bpstudio.files.run_file import open_run, parse_run
from bpstudio.model.passes import Engine
for line in sys.stdin:
    engine = Engine(parse_run(json.loads(line), Path()))
    engine.iterate(3)
    print(hashlib.sha256(engine.state().tobytes()).hexdigest())
"""


def digest(session: Session) -> str:
    return hashlib.sha256(session.engine.state().tobytes()).hexdigest()


def stepped(spec: RunSpec) -> Session:
    session = Session(spec)
    while session.iteration < ITERATIONS:
        session.step(Level.OPERATION)
    return session


def test_two_hundred_runs_stepped_at_once_and_in_a_fresh_process() -> None:
    specs = collected_specs(200)
    documents = [json.dumps(spec_to_document(spec)) for spec in specs]
    fresh = subprocess.run(
        [sys.executable, "-c", FRESH], input="\n".join(documents), capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(fresh) == 200
    for spec, expected in zip(specs, fresh, strict=True):
        at_once = Session(spec)
        at_once.seek(iteration=ITERATIONS)
        assert digest(at_once) == digest(stepped(spec)) == expected


def collected_specs(count: int) -> list[RunSpec]:
    """Random specs that a run file can hold."""
    found: list[RunSpec] = []

    @given(run_specs(most_units=3, most_samples=3), st.integers())
    @settings(max_examples=6 * count, database=None, derandomize=True)
    def collect(spec: RunSpec, _: int) -> None:
        document = spec_to_document(spec)
        if len(found) < count and parse_run(document, Path.cwd()) == spec:
            found.append(spec)

    collect()
    return found


@pytest.mark.parametrize("inputs", [1, 2, 3, 7, 16, 100, 784])
@pytest.mark.parametrize("samples", [1, 3])
def test_the_last_running_sum_is_z_and_e_bit_for_bit(inputs: int, samples: int) -> None:
    spec = run_spec(
        (inputs, 5, inputs, 2),
        (ActivationName.TANH, ActivationName.SIGMOID, ActivationName.SOFTMAX),
        samples=samples,
        loss=LossName.CROSS_ENTROPY,
        training=TrainingSpec(summation=Summation.EXACT),
    )
    tape = Engine(spec).compute()
    for sample in range(samples):
        for (l, size), (_, above) in pairwise([*list(enumerate(spec.network.sizes))[1:], (0, 0)]):
            for unit in range(size):
                z = tape.running(tape.z_products(l, unit, sample))[-1]
                assert z.tobytes() == tape.array(Address(Quantity.PRE_ACTIVATION, l, (unit,)), sample).tobytes()
                if above:
                    e = tape.running(tape.error_products(l, unit, sample))[-1]
                    assert e.tobytes() == tape.array(Address(Quantity.ERROR, l, (unit,)), sample).tobytes()


def test_running_sums_end_at_z_and_e_at_every_size_up_to_784() -> None:
    names = (ActivationName.TANH, ActivationName.SIGMOID, ActivationName.IDENTITY)
    for size in range(1, 785):
        spec = run_spec((size, 1, size, 1), names, samples=1, training=TrainingSpec(summation=Summation.EXACT))
        tape = Engine(spec).compute()
        z, e = tape.running(tape.z_products(1, 0, 0))[-1], tape.running(tape.error_products(1, 0, 0))[-1]
        assert z.tobytes() == tape.layers[0].pre_activation[0, 0].tobytes(), size
        assert e.tobytes() == tape.errors(1)[0, 0].tobytes(), size


def test_the_gradient_is_the_last_running_sum_over_samples() -> None:
    spec = run_spec((3, 4, 2), samples=5, training=TrainingSpec(summation=Summation.EXACT), reduction="sum")  # type: ignore[arg-type]
    tape = Engine(spec).compute()
    for l in (1, 2):
        gradient = tape.layout.augmented(tape.vectors.gradient, l)
        for unit, entry in np.ndindex(gradient.shape):
            assert tape.running(tape.gradient_products(l, unit, entry))[-1] == gradient[unit, entry]


@pytest.mark.parametrize("name", ["iris", "mazur", "digits"])
def test_a_session_that_rested_goes_on_with_the_same_bits(name: str) -> None:
    rested, other = Session(open_run(name)), Session(open_run(name))
    for session in (rested, other):
        session.seek(iteration=7)
        session.step("sample")
    before = rested.tape.array("dw[1]").tobytes()
    rested.rest()
    assert rested.tape.array("dw[1]").tobytes() == before
    assert rested.position == other.position
    rested.rest()
    for session in (rested, other):
        session.seek(iteration=30)
    assert rested.array("w[2]").tobytes() == other.array("w[2]").tobytes()
    assert rested.losses.values.tobytes() == other.losses.values.tobytes()
