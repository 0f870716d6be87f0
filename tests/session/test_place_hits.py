"""Where places are reached, by arithmetic: the same positions as looking at every operation."""

from bisect import bisect_left, bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.model.spec import ActivationName, RunSpec, TrainingSpec
from bpstudio.program.levels import Level
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.program.program import Program
from bpstudio.session.breakpoints import Edge, HitRule, Location
from bpstudio.session.place_hits import PlaceHits, edge_places
from tests.support.specs import run_spec, run_specs

EPOCHS = 3
LOCATIONS = st.builds(
    Location,
    level=st.sampled_from(list(Level)),
    pass_=st.sampled_from([None, *Pass]),
    layer=st.sampled_from([None, 0, 1, 2]),
    kind=st.sampled_from([None, *OperationKind]),
    unit=st.sampled_from([None, 0, 1]),
    entry=st.sampled_from([None, 0, 1]),
    sample=st.sampled_from([None, 0, 1]),
)
EDGES = st.builds(Edge, layer=st.integers(1, 3), unit=st.integers(0, 2), entry=st.integers(0, 2))
RULES = st.builds(HitRule, st.sampled_from([">=", "==", "%"]), st.integers(1, 9))


def looked_at(program: Program, place: Location) -> list[int]:
    """By looking at the first operation of each block."""
    end, position, found = program.iteration_start(EPOCHS * program.batches.per_epoch), 0, list[int]()
    while position < end:
        if place.matches(program.operation(position)):
            found.append(position)
        position = program.next_boundary(position, place.level)
    return found


def reached(hits: PlaceHits) -> list[int]:
    return [p for n in range(EPOCHS * hits.program.batches.per_epoch) for p in hits.positions(n)]


@given(run_specs(most_units=3, most_samples=4), LOCATIONS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_pattern_is_reached_where_looking_finds_it(spec: RunSpec, place: Location, is_unfolded: bool) -> None:
    program = Program(spec, is_unfolded)
    assert reached(PlaceHits(program, place)) == looked_at(program, place)


@given(run_specs(most_units=3, most_samples=4), EDGES)
@settings(max_examples=60, deadline=None)
def test_an_edge_is_reached_where_its_weight_is_read_or_written(spec: RunSpec, edge: Edge) -> None:
    program = Program(spec)
    expected = {p for place in edge_places(edge, program.spec.network.depth) for p in looked_at(program, place)}
    assert reached(PlaceHits(program, edge)) == sorted(expected)


@given(run_specs(most_units=3, most_samples=5), LOCATIONS, RULES, st.data())
@settings(max_examples=150, deadline=None)
def test_next_and_last_hits_obey_their_rule(spec: RunSpec, place: Location, rule: HitRule, data: st.DataObject) -> None:
    program = Program(spec)
    every = looked_at(program, place)
    stops = [p for number, p in enumerate(every, 1) if rule.lets(number)]
    end = program.iteration_start(EPOCHS * program.batches.per_epoch)
    position = data.draw(st.integers(0, end - 1))
    hits = PlaceHits(program, place)
    assert hits.count_before(position) == bisect_left(every, position)
    later, earlier = stops[bisect_right(stops, position) :], stops[: bisect_left(stops, position)]
    found = hits.next_after(position, rule)
    assert found == later[0] if later else found is None or found >= end
    assert hits.last_before(position, rule) == (earlier[-1] if earlier else None)


def test_a_hit_a_quintillion_positions_away_is_found_at_once() -> None:
    program = Program(run_spec((2, 3, 2), samples=5, training=TrainingSpec(batch_size=2)))
    hits = PlaceHits(program, Location(pass_=Pass.BACKWARD, layer=1, kind=OperationKind.DELTA, unit=2, sample=1))
    position = hits.position_of(10**18)
    assert program.operation(position).kind is OperationKind.DELTA
    assert hits.count_before(position) == 10**18 - 1
    assert hits.last_before(position + 1) == position


def test_a_place_in_a_large_network_is_found_without_looking_at_each_operation() -> None:
    names = (ActivationName.RELU, ActivationName.RELU)
    program = Program(run_spec((100, 200, 100), names, samples=50))
    hits = PlaceHits(program, Location(kind=OperationKind.MULTIPLY_ADD))
    assert len(hits.offsets(0)) == 50 * (100 * 200 + 200 * 100)


@pytest.mark.parametrize("place", [Location(layer=9), Location(unit=9, level=Level.UNIT), Location(sample=9)])
def test_what_is_nowhere_is_never_reached(place: Location) -> None:
    hits = PlaceHits(Program(run_spec()), place)
    assert hits.next_after(0) is None
    assert hits.last_before(10**6) is None
