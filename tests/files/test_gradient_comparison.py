"""Somebody's gradients beside ours: the first that differs is named, and the mistake that was made is found."""

import json
from pathlib import Path

import numpy as np
import pytest

from bpstudio.cli import main
from bpstudio.errors import WeightsError
from bpstudio.files.gradient_comparison import Comparison, compare_file, report_lines
from bpstudio.files.run_document import spec_to_document
from bpstudio.model.mistakes import LayerGradients, Mistake, MistakeKind, gradients_with, possible_mistakes
from bpstudio.model.passes import Engine
from bpstudio.model.spec import (
    ActivationName,
    Array,
    LossName,
    OptimizerSpec,
    PenaltySpec,
    Reduction,
    RunSpec,
    TrainingSpec,
    UpdateRule,
)
from bpstudio.model.tape import Tape
from tests.support.specs import run_spec

A, K = ActivationName, MistakeKind
RUNS = {
    "mean with penalty": run_spec(
        (3, 4, 4, 2), (A.TANH, A.SIGMOID, A.SILU), samples=5, penalty=PenaltySpec(l2=0.05, l1=0.01),
        optimizer=OptimizerSpec(learning_rate=0.5),
    ),
    "sum and a matched pair": run_spec(
        (3, 4, 4, 2), (A.TANH, A.SIGMOID, A.SOFTMAX), samples=5, loss=LossName.CROSS_ENTROPY, reduction=Reduction.SUM,
        optimizer=OptimizerSpec(learning_rate=0.5),
    ),
    "output first": run_spec(
        (3, 4, 4, 2), (A.TANH, A.SIGMOID, A.SIGMOID), samples=5, loss=LossName.BINARY_CROSS_ENTROPY,
        training=TrainingSpec(update=UpdateRule.OUTPUT_FIRST), optimizer=OptimizerSpec(learning_rate=0.5),
    ),
}  # fmt: skip


def tape_of(spec: RunSpec) -> Tape:
    engine = Engine(spec)
    engine.iterate(2)
    return engine.compute()


def arrays(gradients: dict[int, LayerGradients]) -> dict[str, Array]:
    found = {f"dW{l}": g.weights for l, g in gradients.items()}
    return found | {f"db{l}": g.biases for l, g in gradients.items()}


def compared(tape: Tape, folder: Path, found: dict[str, Array], tolerance: float = 1e-6) -> Comparison:
    path = folder / "g.npz"
    np.savez(path, **found)  # type: ignore[arg-type]
    return compare_file(tape, path, tolerance)


@pytest.mark.parametrize("name", RUNS)
def test_right_gradients_pass(name: str, tmp_path: Path) -> None:
    tape = tape_of(RUNS[name])
    result = compared(tape, tmp_path, arrays(gradients_with(tape, None)), 1e-12)
    assert result.first is None
    assert [str(line.address) for line in result.lines] == ["dw[3]", "db[3]", "dw[2]", "db[2]", "dw[1]", "db[1]"]
    assert (result.missing, result.ignored) == ((), ())
    assert list(report_lines(result))[-1].startswith("passed")


@pytest.mark.parametrize("name", RUNS)
def test_every_mistake_is_recognised(name: str, tmp_path: Path) -> None:
    tape = tape_of(RUNS[name])
    for mistake in possible_mistakes(tape):
        result = compared(tape, tmp_path, arrays(gradients_with(tape, mistake)))
        if mistake.kind is K.TRANSPOSED:
            continue  # a whole file of (inputs, units) is a convention; see below
        assert result.first is not None, mistake
        assert result.explanation.startswith("it is what comes out when "), mistake
        words = result.explanation.removeprefix("it is what comes out when ").partition(";")[0]
        same = {str(other) for other in possible_mistakes(tape) if is_same(tape, mistake, other)}
        assert words in same, (str(mistake), words)


def is_same(tape: Tape, one: Mistake, other: Mistake) -> bool:
    """Whether two mistakes come to the same numbers here."""
    first, second = gradients_with(tape, one), gradients_with(tape, other)
    return all(
        first[l].weights.shape == second[l].weights.shape
        and np.allclose(first[l].weights, second[l].weights, rtol=1e-5)
        and np.allclose(first[l].biases, second[l].biases, rtol=1e-5)
        for l in first
    )


def test_the_first_in_the_order_of_a_backward_pass_is_named(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    found = arrays(gradients_with(tape, None))
    found["dW1"] = found["dW1"] * 1.5
    found["db2"] = found["db2"] + 1.0
    result = compared(tape, tmp_path, found)
    assert result.first is not None
    assert str(result.first.address) == "db[2]"
    assert [str(line.address) for line in result.different] == ["db[2]", "dw[1]"]


def test_one_transposed_square_array_is_a_mistake(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    found = arrays(gradients_with(tape, None))
    found["dW2"] = found["dW2"].T
    result = compared(tape, tmp_path, found)
    assert str(result.first and result.first.address) == "dw[2]"
    assert result.explanation == "it is what comes out when it is transposed"


def test_one_transposed_long_array_is_a_mistake(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    found = arrays(gradients_with(tape, None))
    found["dW1"] = found["dW1"].T
    result = compared(tape, tmp_path, found)
    assert result.first is not None
    assert result.first.problem == "is 3 × 4, ours is 4 × 3"
    assert "transposed" in result.explanation


def test_all_transposed_is_a_convention(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    turned = {name: values.T for name, values in arrays(gradients_with(tape, None)).items()}
    result = compared(tape, tmp_path, turned)
    assert result.first is None
    assert any("compared transposed" in line for line in report_lines(result))


@pytest.mark.parametrize("kind", [K.SIGN, K.SUM_FOR_MEAN, K.NO_PENALTY])
def test_one_layer_alone_may_be_wrong(kind: MistakeKind, tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    found = arrays(gradients_with(tape, None))
    found["dW2"] = gradients_with(tape, Mistake(kind, 2))[2].weights
    result = compared(tape, tmp_path, found)
    assert [str(line.address) for line in result.different] == ["dw[2]"]
    assert result.explanation == f"it is what comes out when {Mistake(kind, 2)}"


@pytest.mark.parametrize(("factor", "words"), [(2.0, "ours times 2.0"), (0.0, "it is 0 everywhere")])
def test_a_plain_factor_is_told(factor: float, words: str, tmp_path: Path) -> None:
    tape = tape_of(RUNS["sum and a matched pair"])
    found = arrays(gradients_with(tape, None))
    result = compared(tape, tmp_path, {name: factor * values for name, values in found.items()})
    assert words in result.explanation


def test_what_nobody_knows_is_left_unexplained(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    random = np.random.default_rng(0)
    found = {name: random.normal(size=values.shape) for name, values in arrays(gradients_with(tape, None)).items()}
    result = compared(tape, tmp_path, found)
    assert result.explanation == ""
    assert list(report_lines(result))[-1] == "failed: dw[3] differs first"


def test_anything_may_be_named_by_its_address(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    names = ("z[1]", "a[3]", "delta[2]", "loss", "dw[1]", "sample_loss", "step_w[2]", "w[1]")
    right = {name: np.array(tape.array(name)) for name in names}
    result = compared(tape, tmp_path, right)
    assert result.first is None
    assert [str(line.address) for line in result.lines] == [
        "w[1]", "z[1]", "a[3]", "loss", "sample_loss", "delta[2]", "dw[1]", "step_w[2]",
    ]  # fmt: skip
    right["z[1]"] = right["z[1]"] + 0.5
    result = compared(tape, tmp_path, right)
    assert result.first is not None
    assert (str(result.first.address), result.first.sample) == ("z[1]", 0)


def test_a_forward_pass_that_differs_is_the_reason(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    found = arrays(gradients_with(tape, Mistake(K.SIGN)))
    result = compared(tape, tmp_path, found | {"a[3]": np.zeros((5, 2))})
    assert result.explanation == "the forward pass differs already"


def test_nan_is_a_difference_unless_both_have_it(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    found = arrays(gradients_with(tape, None))
    found["dW3"][0, 0] = np.nan
    result = compared(tape, tmp_path, found)
    assert result.first is not None
    assert str(result.first.worst) == "dw[3][0,0]"


def test_what_is_missing_and_what_is_not_ours_is_listed(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    found = arrays(gradients_with(tape, None))
    del found["db2"]
    result = compared(tape, tmp_path, found | {"epoch": np.array(3), "confusion": np.zeros((9, 9))})
    assert [str(address) for address in result.missing] == ["db[2]"]
    assert result.ignored == ("confusion", "epoch")
    assert result.first is None


def test_a_file_without_anything_of_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="none of its arrays belongs to this run"):
        compared(tape_of(RUNS["mean with penalty"]), tmp_path, {"x": np.zeros((7, 9))})


def test_numbers_in_32_bits_pass(tmp_path: Path) -> None:
    tape = tape_of(RUNS["mean with penalty"])
    small = {name: values.astype(np.float32) for name, values in arrays(gradients_with(tape, None)).items()}
    assert compared(tape, tmp_path, small).first is None  # type: ignore[arg-type]


def test_the_command_ends_with_1_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = Engine(RUNS["mean with penalty"])
    engine.iterate(3)
    tape = engine.compute()
    np.savez("g.npz", **arrays(gradients_with(tape, Mistake(K.NO_SLOPE, 1))))  # type: ignore[arg-type]
    Path("run.json").write_text(json.dumps(spec_to_document(tape.spec)), encoding="utf-8")
    assert main(["compare", "run.json", "g.npz", "--iteration", "3"]) == 1
    said = capsys.readouterr().out
    assert "failed: dw[1] differs first: it is what comes out when the slope g′(z) of layer 1 is missing" in said
    assert "explains 2 of the 2 gradients" in said
    assert main(["compare", "run.json", "nothing.npz"]) == 2
    assert capsys.readouterr().err == 'bpstudio: there is no file "nothing.npz"\n'
