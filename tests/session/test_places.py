"""Places in words: every operation and block of a run can be named, and the name leads back to it."""

import pytest

from bpstudio.model.spec import ActivationName, OptimizerName, OptimizerSpec
from bpstudio.program.levels import Level
from bpstudio.program.program import Program
from bpstudio.session.breakpoints import Edge, Location
from bpstudio.session.place_hits import PlaceHits
from bpstudio.session.places import block_place, operation_place, parse_place, place_problem, place_text
from tests.support.specs import run_spec

A = ActivationName
SPEC = run_spec((2, 3, 2), (A.TANH, A.SOFTMAX), optimizer=OptimizerSpec(OptimizerName.ADAM, 0.1, clip_norm=1.0))


def test_the_words_of_every_operation_lead_back_to_it() -> None:
    program = Program(SPEC, is_unfolded=True)
    for position in range(program.iteration_start(1)):
        operation = program.operation(position)
        place = parse_place(place_text(operation_place(operation)), SPEC)
        assert position in PlaceHits(program, place).positions(0), place_text(operation_place(operation))


@pytest.mark.parametrize("level", [Level.PASS, Level.LAYER, Level.UNIT, Level.OPERATION])
def test_the_words_of_every_block_lead_back_to_its_start(level: Level) -> None:
    program, position = Program(SPEC), 0
    while position < program.iteration_start(1):
        operation = program.operation(position)
        if level is not Level.UNIT or operation.unit is not None:  # what a layer shares is in no unit
            assert position in PlaceHits(program, block_place(operation, level)).positions(0)
        position = program.next_boundary(position, level)


def test_an_address_means_the_operation_that_completes_it() -> None:
    place = parse_place("delta[1][2]", SPEC)
    assert isinstance(place, Location)
    assert place_text(place) == "backward layer 1 unit 2 delta"


def test_an_edge_is_named_by_its_weight() -> None:
    assert parse_place("edge w[2][0, 1]", SPEC) == Edge(2, 0, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no place"),
        ("nowhere", "names no place"),
        ("layer 9", "no layer 9"),
        ("unit 1", "needs its layer"),
        ("layer 1 unit 7", "no unit 7"),
        ("edge delta[1][0]", "named by its weight"),
        ("delta[8][0]", "no such layer"),
        ("a[0][1]", "no operation"),
    ],
)
def test_what_names_no_place_is_said_in_a_sentence(text: str, words: str) -> None:
    assert words in (place_problem(text, SPEC) or "")
