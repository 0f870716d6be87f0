"""The index of operations against a plain listing, for any small run."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstudio.errors import PositionError
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import RunSpec
from bpstudio.program.levels import Level
from bpstudio.program.operation import Operation, OperationKind
from bpstudio.program.program import Program
from bpstudio.program.progress import Progress
from tests.program.listing import Listed, list_iteration
from tests.support.specs import run_spec, run_specs


def listed(operation: Operation) -> Listed:
    return Listed(operation.pass_, operation.layer, operation.sample, operation.kind, operation.unit, operation.entry)


@given(run_specs(), st.booleans())
def test_two_epochs_are_located_as_listed(spec: RunSpec, is_unfolded: bool) -> None:
    program = Program(spec, is_unfolded)
    position = 0
    for iteration in range(2 * program.batches.per_epoch):
        assert program.iteration_start(iteration) == position
        for expected in list_iteration(spec, program.batches.size_of(iteration), is_unfolded):
            operation = program.operation(position)
            assert (operation.position, operation.iteration) == (position, iteration)
            assert listed(operation) == expected
            position += 1
    assert position == 2 * program.epoch_size


@given(run_specs(), st.booleans())
def test_position_of_inverts_operation(spec: RunSpec, is_unfolded: bool) -> None:
    program = Program(spec, is_unfolded)
    for position in range(program.epoch_size):
        operation = program.operation(position)
        found = program.position_of(
            operation.iteration,
            operation.pass_,
            operation.layer,
            operation.kind,
            sample=operation.sample or 0,
            unit=operation.unit or 0,
            entry=operation.entry,
        )
        assert found == position


def boundaries(program: Program, level: Level, end: int) -> list[int]:
    found = [0]
    while found[-1] < end:
        found.append(program.next_boundary(found[-1], level))
    return found


@given(run_specs(most_units=3, most_samples=3))
def test_boundaries_nest_and_steps_invert(spec: RunSpec) -> None:
    program = Program(spec)
    finer: set[int] | None = None
    for level in reversed(Level):
        found = boundaries(program, level, program.epoch_size)
        assert found[-1] == program.epoch_size
        if finer is not None:
            assert set(found) <= finer
        finer = set(found)
        for before, after in itertools.pairwise(found):
            assert program.previous_boundary(after, level) == before
            for position in range(before + 1, after):
                assert program.previous_boundary(position, level) == before
                assert program.next_boundary(position, level) == after


@given(run_specs(most_units=3, most_samples=3), st.booleans(), st.data())
def test_progress_counts_what_the_listing_has_done(spec: RunSpec, is_unfolded: bool, data: st.DataObject) -> None:
    program = Program(spec, is_unfolded)
    position = data.draw(st.integers(0, program.epoch_size))
    progress = Progress(program, position)
    done = [program.operation(p) for p in range(program.iteration_start(progress.iteration), position)]
    for layer in range(1, spec.network.depth + 1):
        for quantity, kind in ((Quantity.DELTA, OperationKind.DELTA), (Quantity.ACTIVATION, OperationKind.ACTIVATE)):
            expected = [o for o in done if (o.kind, o.layer, o.sample) == (kind, layer, progress.sample)]
            assert progress.count(quantity, layer) == len(expected)
            for unit in range(spec.network.sizes[layer]):
                is_done = any(o.unit == unit for o in expected)
                assert progress.is_done(Address(quantity, layer, (unit,))) == is_done
        updated = {(o.unit, o.entry) for o in done if (o.kind, o.layer) == (OperationKind.UPDATE, layer)}
        row, column = progress.rows(Quantity.WEIGHT, layer)
        for unit in range(spec.network.sizes[layer]):
            for entry in range(spec.network.sizes[layer - 1]):
                assert ((unit, entry) in updated) == (unit < row or (unit == row and entry < column))
                assert progress.is_done(Address(Quantity.WEIGHT, layer, (unit, entry))) == ((unit, entry) in updated)


def test_positions_stay_exact_far_beyond_floats() -> None:
    program = Program(run_spec())
    iteration = 10**30 + 1
    start = program.iteration_start(iteration)
    assert program.operation(start + 5).iteration == iteration
    assert program.operation(start - 1).iteration == iteration - 1


def test_a_large_network_is_located_without_being_listed() -> None:
    program = Program(run_spec((784, 128, 10), samples=2))
    middle = program.epoch_size // 2
    operation = program.operation(middle)
    assert operation.position == middle
    assert program.span(middle, Level.PASS).start <= middle < program.span(middle, Level.PASS).end


def test_a_position_before_the_start_is_refused() -> None:
    with pytest.raises(PositionError, match="before the start"):
        Program(run_spec()).operation(-1)
