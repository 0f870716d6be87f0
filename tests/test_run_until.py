"""`session.run(until=…)` and `session.reverse_run(until=…)`: the published way to go to where something becomes true."""

import pytest

import bpstudio
from bpstudio.session.breakpoints import StopKind
from bpstudio.session.conditions import ConditionError
from bpstudio.session.search import Search


def test_run_stops_right_behind_the_operation_that_makes_it_true() -> None:
    session = bpstudio.open("mazur")
    stop = session.run(until="abs(delta[1][0]) < 8e-3")
    assert stop.position == session.position
    assert str(session.program.operation(session.position - 1).address) == "delta[1][0]"
    found = session.value("delta[1][0]")
    assert found is not None
    assert abs(found) < 8e-3
    session.seek(iteration=session.iteration - 1)
    before = session.tape.value("delta[1][0]")
    assert abs(before) >= 8e-3


def test_reverse_run_comes_back_to_the_same_place() -> None:
    session = bpstudio.open("xor")
    there = session.run(until="loss < 0.69").position
    session.seek(iteration=session.iteration + 40)
    assert session.reverse_run(until="loss < 0.69").position == there


def test_reverse_run_says_when_it_has_come_to_the_start() -> None:
    session = bpstudio.open("xor")
    session.seek(iteration=3)
    assert session.reverse_run(until="loss > 1e9").kind is StopKind.START
    assert session.position == 0


def test_what_never_becomes_true_moves_nothing() -> None:
    session = bpstudio.open("xor")
    session.seek(position=33)
    state = session.engine.state().tobytes()
    with pytest.raises(bpstudio.NotReachedError, match=r"loss < 0 did not become true before iteration 50"):
        session.run(until="loss < 0", max_iterations=50)
    assert session.position == 33
    assert session.engine.state().tobytes() == state


def test_an_interrupted_run_is_back_where_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    session = bpstudio.open("xor")
    session.seek(position=33)
    advance = Search.advance

    def interrupted(search: Search, seconds: float) -> bool:
        if search.session.iteration > 20:
            raise KeyboardInterrupt
        return advance(search, 0.0)

    monkeypatch.setattr(Search, "advance", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.run(until="loss < 0")
    assert session.position == 33


def test_a_wrong_expression_is_an_error_of_ours() -> None:
    session = bpstudio.open("xor")
    with pytest.raises(ConditionError, match="did you mean loss"):
        session.run(until="los < 1")


def test_a_run_of_no_iterations_is_refused() -> None:
    with pytest.raises(bpstudio.PositionError, match="max_iterations"):
        bpstudio.open("xor").run(until="loss < 1", max_iterations=0)
