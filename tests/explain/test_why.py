"""The tree of reasons: what a number is made of adds up to it, at any depth, in any run, back to what was given."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpstudio.explain.notation import notation
from bpstudio.explain.reason import GIVEN, Combination, Reason
from bpstudio.explain.why import MOST_SHOWN, WhyTree
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.optimizers import slot_names
from bpstudio.model.spec import ActivationName, NotationName, RunSpec
from bpstudio.session.session import Session
from tests.support.specs import run_spec, run_specs

Q = Quantity
WIDE = (300, 2, 1)


def tree_of(session: Session, name: NotationName = NotationName.THETA) -> WhyTree:
    return WhyTree(session, notation(name, session.spec))


def at_end_of(session: Session, iteration: int) -> Session:
    """Everything of the iteration is computed but its last update."""
    session.seek(position=session.program.iteration_start(iteration + 1) - 1)
    return session


def root_of(tree: WhyTree, text: str, sample: int | None = None) -> Reason:
    found = tree.root(parse_address(text), sample)
    assert found is not None
    return found


def all_addresses(spec: RunSpec) -> list[Address]:
    """Every number of a run, one unit and one input per layer."""
    found = [Address(q) for q in (Q.SAMPLE_LOSS, Q.LOSS, Q.DATA_LOSS)]
    slots = [(Q.WEIGHT_STATE, name) for name in slot_names(spec.optimizer)]
    for layer in range(1, spec.network.depth + 1):
        unit, source = spec.network.sizes[layer] - 1, spec.network.sizes[layer - 1] - 1
        is_softmax = spec.network.layer(layer).activation is ActivationName.SOFTMAX
        found.append(Address(Q.SLOPE, layer, (unit, 0) if is_softmax else (unit,)))
        for quantity in (Q.PRE_ACTIVATION, Q.ACTIVATION, Q.ERROR, Q.DELTA):
            found.append(Address(quantity, layer, (unit,)))
        for quantity in (Q.SAMPLE_WEIGHT_GRADIENT, Q.WEIGHT_GRADIENT, Q.WEIGHT_STEP, Q.WEIGHT):
            found.append(Address(quantity, layer, (unit, source)))
        found += [Address(quantity, layer, (unit, source), slot) for quantity, slot in slots]
        if spec.network.layer(layer).bias.present:
            found += [
                Address(q, layer, (unit,)) for q in (Q.SAMPLE_BIAS_GRADIENT, Q.BIAS_GRADIENT, Q.BIAS_STEP, Q.BIAS)
            ]
    return found


def require_sums(tree: WhyTree, reason: Reason, depth: int) -> None:
    """Whatever is added or multiplied gives the number it is made of, down to ``depth``."""
    children = tree.children(reason)
    if not all(math.isfinite(child.value) for child in children):
        return
    kind = tree.look(reason, lambda terms: terms.combination)
    if children and kind is Combination.SUM:
        scale = math.fsum(abs(child.value) for child in children)
        assert math.fsum(child.value for child in children) == pytest.approx(reason.value, rel=1e-12, abs=1e-12 * scale)
    if children and kind is Combination.PRODUCT:
        assert math.prod(child.value for child in children) == pytest.approx(reason.value, rel=1e-12, abs=1e-300)
    for child in children if depth else ():
        require_sums(tree, child, depth - 1)


@settings(max_examples=40, deadline=None)
@given(run_specs(), st.integers(0, 3))
def test_what_a_number_is_made_of_gives_it(spec: RunSpec, iteration: int) -> None:
    session = at_end_of(Session(spec), iteration)
    tree = tree_of(session)
    for address in all_addresses(spec):
        root = tree.root(address)
        if root is not None:
            require_sums(tree, root, 2)


@settings(max_examples=20, deadline=None)
@given(run_specs(), st.sampled_from(list(NotationName)))
def test_every_reason_has_a_symbol_and_points_to_an_operation_before_it(spec: RunSpec, name: NotationName) -> None:
    session = at_end_of(Session(spec), 1)
    tree = tree_of(session, name)
    for address in all_addresses(spec):
        root = tree.root(address)
        if root is None:
            continue
        for child in tree.children(root):
            assert child.symbol
            assert child.position is None or root.position is None or child.position <= root.position


def test_a_weighted_sum_has_the_bits_of_the_tape() -> None:
    session = at_end_of(Session(run_spec((3, 2, 1))), 2)
    tree = tree_of(session)
    root = root_of(tree, "z[1][1]", 1)
    ordered = tree.parents(root)
    assert np.add.accumulate([reason.value for reason in ordered])[-1] == root.value


def test_products_name_both_factors_and_their_operation() -> None:
    session = at_end_of(Session(run_spec((3, 2, 1))), 0)
    tree = tree_of(session)
    first = tree.parents(root_of(tree, "z[2][0]", 2))[0]
    assert [str(part.address) for part in first.parts] == ["w[2][0,0]", "a[1][0]"]
    assert first.position is not None
    assert session.program.operation(first.position).kind == "multiply_add"


def test_the_largest_share_comes_first_and_magnitudes_make_a_whole() -> None:
    tree = tree_of(at_end_of(Session(run_spec((5, 3, 1))), 0))
    shares = [reason.share or 0.0 for reason in tree.children(root_of(tree, "z[1][0]"))]
    assert [abs(s) for s in shares] == sorted((abs(s) for s in shares), reverse=True)
    assert math.fsum(abs(s) for s in shares) == pytest.approx(1.0)


def test_many_terms_are_cut_and_the_rest_opens() -> None:
    tree = tree_of(at_end_of(Session(run_spec(WIDE)), 0))
    children = tree.children(root_of(tree, "z[1][0]"))
    assert len(children) == MOST_SHOWN + 1
    assert children[-1].symbol == f"… {301 - MOST_SHOWN} more"
    assert len(tree.children(children[-1])) == MOST_SHOWN + 1


def test_terms_and_rest_add_up_to_a_wide_sum() -> None:
    tree = tree_of(at_end_of(Session(run_spec(WIDE)), 0))
    root = root_of(tree, "z[1][0]")
    assert math.fsum(reason.value for reason in tree.children(root)) == pytest.approx(root.value, rel=1e-12)


def test_a_weight_leads_back_to_its_initial_value() -> None:
    session = Session(run_spec((2, 2, 1)))
    session.seek(iteration=5)
    tree = tree_of(session)
    reason = root_of(tree, "w[1][0,1]")
    iterations = []
    while reason.iteration != GIVEN:
        iterations.append(reason.iteration)
        reason = tree.parents(reason)[0]
    assert iterations == [4, 3, 2, 1, 0]
    assert reason.value == Session(session.spec).value("w[1][0,1]")


def test_looking_into_the_past_leaves_the_session_where_it_was() -> None:
    session = at_end_of(Session(run_spec((2, 2, 1))), 5)
    before, loss = session.position, session.value("z[2][0]")
    tree = tree_of(session)
    tree.children(tree.children(root_of(tree, "w[1][0,1]"))[0])
    assert (session.position, session.value("z[2][0]")) == (before, loss)


def test_a_step_of_the_past_is_explained_by_the_gradient_of_its_iteration() -> None:
    session = Session(open_run("xor"))
    session.seek(iteration=3)
    tree = tree_of(session)
    step = tree.parents(root_of(tree, "w[1][0,1]"))[1]
    gradient = next(r for r in tree.children(step) if r.address is not None)
    session.seek(iteration=2)
    assert gradient.value == session.tape.value("dw[1][0,1]")


def test_an_updated_weight_is_the_one_of_this_iteration() -> None:
    session = Session(open_run("xor"))
    session.seek(iteration=1)
    session.step_back()
    session.step()
    session.seek(position=session.program.iteration_start(1) - 1)
    tree = tree_of(session)
    assert root_of(tree, "w[1][0,0]").iteration == 0
    assert root_of(tree, "w[2][0,0]").value == session.value("w[2][0,0]")


def test_inputs_targets_and_initial_weights_are_leaves_with_words() -> None:
    session = at_end_of(Session(run_spec((2, 1))), 0)
    tree = tree_of(session)
    term = tree.parents(root_of(tree, "z[1][0]"))[0]
    assert [part.words for part in term.parts] == ["initial weight", "input"]
    assert not any(tree.children(part) for part in term.parts)
    assert tree.parents(root_of(tree, "e[1][0]"))[1].words == "target"


def test_what_is_not_computed_yet_has_no_reason() -> None:
    assert tree_of(Session(run_spec((2, 2, 1)))).root(parse_address("delta[1][0]")) is None


def test_a_number_that_is_not_finite_takes_the_whole_share() -> None:
    session = Session(run_spec((2, 1)))
    tree = tree_of(session)
    session.seek(position=session.program.iteration_start(1) - 1)
    with np.errstate(all="ignore"):
        session.tape.vectors.before[0] = np.inf
    shares = [reason.share for reason in tree.children(root_of(tree, "z[1][0]"))]
    assert sorted(abs(share or 0.0) for share in shares) == [0.0, 0.0, 1.0]
