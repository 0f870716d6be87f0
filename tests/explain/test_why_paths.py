"""A gradient is the sum over all paths to the outputs: ranked, cut, and adding up to the stored number."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bpstudio.explain.notation import notation
from bpstudio.explain.paths import MOST_PATHS, PathSum, PathTree, find_paths, has_paths
from bpstudio.explain.reason import Reason
from bpstudio.explain.reason_maker import ReasonMaker
from bpstudio.model.address import Address, Quantity, parse_address
from bpstudio.model.spec import ActivationName, LossName, NotationName, PenaltySpec, RunSpec
from bpstudio.session.session import Session
from tests.support.specs import run_spec, run_specs

Q = Quantity
A = ActivationName


def maker(spec: RunSpec, iteration: int = 0) -> ReasonMaker:
    session = Session(spec)
    session.seek(iteration=iteration)
    return ReasonMaker(session.tape, session.program, notation(NotationName.THETA, spec))


def paths_of(spec: RunSpec, text: str, sample: int = 0, most: int = MOST_PATHS) -> PathSum:
    return find_paths(maker(spec), parse_address(text), sample, most)


def tree_of(spec: RunSpec, iteration: int = 1) -> PathTree:
    session = Session(spec)
    session.seek(position=session.program.iteration_start(iteration + 1) - 1)
    return PathTree(session, notation(NotationName.THETA, spec))


def root_of(tree: PathTree, text: str) -> Reason:
    found = tree.root(parse_address(text))
    assert found is not None
    return found


@settings(max_examples=60, deadline=None)
@given(run_specs(), st.data())
def test_all_paths_add_up_to_the_stored_number(spec: RunSpec, data: st.DataObject) -> None:
    made = maker(spec, 1)
    layer = data.draw(st.integers(1, spec.network.depth))
    unit, source = 0, spec.network.sizes[layer - 1] - 1
    sample = data.draw(st.integers(0, made.tape.batch - 1))
    for address in (Address(Q.SAMPLE_WEIGHT_GRADIENT, layer, (unit, source)), Address(Q.DELTA, layer, (unit,))):
        found = find_paths(made, address, sample, 10_000)
        if math.isfinite(found.stored):
            near = pytest.approx(found.stored, rel=1e-12, abs=1e-12 * found.magnitude)
            assert math.fsum([*(path.value for path in found.paths), found.rest]) == near


@settings(max_examples=40, deadline=None)
@given(run_specs(), st.integers(1, 4))
def test_the_listed_paths_are_the_largest(spec: RunSpec, most: int) -> None:
    made, address = maker(spec), Address(Q.DELTA, 1, (0,))
    everything = sorted((abs(p.value) for p in find_paths(made, address, 0, 10_000).paths), reverse=True)
    assume(all(map(math.isfinite, everything)))
    listed = [abs(path.value) for path in find_paths(made, address, 0, most).paths]
    assert listed == pytest.approx(everything[: len(listed)], rel=1e-12)


def test_listed_and_rest_are_the_whole_sum() -> None:
    found = paths_of(run_spec((3, 6, 6, 4)), "sample_dw[1][2,1]", most=5)
    assert len(found.paths) == 5
    assert math.fsum([*(p.value for p in found.paths), found.rest]) == pytest.approx(found.stored, rel=1e-12)


def test_there_is_a_path_for_each_way_through_the_layers() -> None:
    assert paths_of(run_spec((3, 6, 5, 4)), "delta[1][2]").count == 5 * 4


def test_a_softmax_layer_leads_from_each_unit_to_each() -> None:
    spec = run_spec((2, 3, 4), (A.SOFTMAX, A.SIGMOID))
    assert paths_of(spec, "delta[1][0]").count == 3 * 4


def test_a_path_is_the_product_of_its_factors_by_hand() -> None:
    spec = run_spec((2, 2, 1), loss=LossName.BINARY_CROSS_ENTROPY)
    made = maker(spec)
    (path,) = find_paths(made, parse_address("sample_dw[1][1,0]"), 1).paths
    names = ["slope[1][1]", "w[2][0,1]", "delta[2][0]", "a[0][0]"]
    assert [str(part.address) for part in path.parts] == names
    assert path.value == math.prod(made.tape.value(name, 1) for name in names)


def test_an_output_that_is_no_matched_pair_ends_in_its_slope_and_error() -> None:
    found = paths_of(run_spec((2, 2, 1), (A.TANH, A.SIGMOID)), "delta[1][0]")
    assert [str(part.address) for part in found.paths[0].parts] == [
        "slope[1][0]", "w[2][0,0]", "slope[2][0]", "e[2][0]",
    ]  # fmt: skip


def test_paths_through_a_dead_unit_are_not_listed() -> None:
    spec = run_spec((1, 1, 8, 1), (A.SIGMOID, A.RELU, A.IDENTITY), samples=1)
    slopes = maker(spec).tape.array("slope[2]", 0)
    found = paths_of(spec, "delta[1][0]")
    assert len(found.paths) == np.count_nonzero(slopes)
    assert found.count == 8


def test_paths_are_named_by_the_units_they_pass() -> None:
    found = paths_of(run_spec((2, 1, 1)), "sample_dw[1][0,1]")
    assert found.paths[0].symbol == "a⁽¹⁾₂ → a⁽²⁾₁ → a⁽³⁾₁"


def test_a_wide_network_lists_the_largest_of_thousands() -> None:
    spec = run_spec((2, 40, 40, 40, 40), (A.TANH,) * 4)
    found = paths_of(spec, "delta[1][3]", most=10)
    assert found.count == 40**3
    made = maker(spec)
    parts = [made.tape.array(f"w[{layer}]") * made.tape.array(f"slope[{layer}]", 0)[:, None] for layer in (2, 3, 4)]
    ends = made.tape.array("e[4]", 0)
    first, slope = parts[0][:, 3], made.tape.value("slope[1][3]")
    whole = (
        np.abs(ends[:, None] * parts[2])[:, :, None] * np.abs(parts[1])[None] * np.abs(first)[None, None] * abs(slope)
    )
    assert [abs(p.value) for p in found.paths] == pytest.approx(np.sort(whole.ravel())[::-1][:10].tolist(), rel=1e-12)


def test_a_batch_is_opened_by_sample_and_each_sample_by_path() -> None:
    tree = tree_of(run_spec((2, 3, 2), samples=4))
    root = root_of(tree, "dw[1][0,1]")
    total = math.fsum(path.value for sample in tree.children(root) for path in tree.children(sample))
    assert total == pytest.approx(root.value, rel=1e-12)


def test_a_penalty_is_an_entry_of_its_own() -> None:
    tree = tree_of(run_spec((2, 3, 2), samples=2, penalty=PenaltySpec(l2=0.1)))
    assert "penalty" in [reason.key for reason in tree.children(root_of(tree, "dw[1][0,1]"))]


def test_one_sample_has_its_paths_at_once() -> None:
    tree = tree_of(run_spec((2, 3, 2), samples=1))
    assert all(reason.key.startswith("path ") for reason in tree.children(root_of(tree, "dw[1][0,1]")))


def test_the_rest_opens_into_the_next_paths() -> None:
    tree = tree_of(run_spec((2, 8, 8, 8), samples=1))
    listed = tree.children(root_of(tree, "delta[1][0]"))
    further = tree.children(listed[-1])
    assert abs(further[0].value) <= abs(listed[-2].value)
    assert len({reason.key for reason in itertools.chain(listed[:-1], further[:-1])}) == 2 * MOST_PATHS


def test_what_lies_on_a_path_has_reasons_of_its_own() -> None:
    tree = tree_of(run_spec((2, 3, 2), samples=1))
    slope = tree.children(tree.children(root_of(tree, "delta[1][0]"))[0])[0]
    assert [str(reason.address) for reason in tree.children(slope)] == ["z[1][0]", "a[1][0]"]


@pytest.mark.parametrize(("text", "expected"), [("dw[1][0,0]", True), ("delta[1][0]", True), ("z[1][0]", False)])
def test_only_derivatives_have_paths(text: str, expected: bool) -> None:
    assert has_paths(parse_address(text)) is expected
