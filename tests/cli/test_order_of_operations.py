"""The order in which a 2-2-2-1 network is walked through, written down by hand, against the trace command."""

import json

import pytest

from bpstudio.cli import main

SIZES = (2, 2, 2, 1)
SAMPLES = 2

Line = tuple[str, str, int | None]
"""Kind, address, sample."""


def forward(sample: int) -> list[Line]:
    lines: list[Line] = []
    for layer in (1, 2, 3):
        for unit in range(SIZES[layer]):
            z = f"z[{layer}][{unit}]"
            lines += [("multiply_add", z, sample)] * SIZES[layer - 1]
            lines += [("add_bias", z, sample), ("pre_activation", z, sample)]
            lines += [("activate", f"a[{layer}][{unit}]", sample)]
    return lines


def loss(sample: int) -> list[Line]:
    return [("loss_term", "sample_loss", sample), ("sample_loss", "sample_loss", sample)]


def backward(sample: int) -> list[Line]:
    lines: list[Line] = []
    for layer in (3, 2, 1):
        for unit in range(SIZES[layer]):
            if layer < 3:
                e = f"e[{layer}][{unit}]"
                lines += [("error_multiply_add", e, sample)] * SIZES[layer + 1]
                lines += [("error", e, sample), ("slope", f"slope[{layer}][{unit}]", sample)]
            lines += [("delta", f"delta[{layer}][{unit}]", sample)]
            incoming = range(SIZES[layer - 1])
            lines += [("gradient", f"sample_dw[{layer}][{unit},{source}]", sample) for source in incoming]
            lines += [("bias_gradient", f"sample_db[{layer}][{unit}]", sample)]
    return lines


def traced(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main(["trace", "two-layer-deltas", "--level", "operation", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_sample_goes_forward_to_the_loss_and_back(capsys: pytest.CaptureFixture[str]) -> None:
    records = traced(capsys, "--iteration", "0")
    found = [(record["kind"], record["address"], record["sample"]) for record in records]
    expected = [line for sample in range(SAMPLES) for line in forward(sample) + loss(sample) + backward(sample)]
    assert found[: len(expected)] == expected
    assert [record["position"] for record in records] == list(range(len(records)))


def test_the_batch_is_reduced_and_every_parameter_is_stepped_and_replaced_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    records = traced(capsys, "--iteration", "0")
    after = [record for record in records if record["sample"] is None]
    assert after == records[-len(after) :]
    parameters = {f"w[{layer}][{j},{i}]" for layer in (1, 2, 3) for j in range(SIZES[layer]) for i in range(2)}
    parameters |= {f"b[{layer}][{j}]" for layer in (1, 2, 3) for j in range(SIZES[layer])}
    for kind, prefix in (("reduce", "d"), ("step", "step_"), ("update", "")):
        written = [record["address"] for record in after if record["kind"] == kind]
        assert len(written) == len(parameters)
        assert set(written) == {prefix + name for name in parameters}


def test_symbols_and_numbers_stand_in_every_record(capsys: pytest.CaptureFixture[str]) -> None:
    for record in traced(capsys, "--iteration", "0"):
        assert record["symbols"] and record["numbers"], record
        assert isinstance(record["value"], float)


def test_a_range_is_the_same_lines_as_in_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    whole = traced(capsys, "--from", "0", "--to", "336")
    assert traced(capsys, "--from", "40", "--to", "200") == whole[40:200]
    assert traced(capsys, "--iteration", "1") == whole[168:336]
    assert traced(capsys, "--from", "300", "--to", "300") == []


def test_the_notation_changes_the_symbols_and_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    theta = traced(capsys, "--notation", "theta")
    matrix = traced(capsys, "--notation", "matrix")
    assert [record["value"] for record in theta] == [record["value"] for record in matrix]
    assert "Θ" in str(theta[0]["symbols"])
    assert "Θ" not in str(matrix[0]["symbols"])


def test_unfolding_shows_the_factors_that_cancel(capsys: pytest.CaptureFixture[str]) -> None:
    folded, unfolded = traced(capsys), traced(capsys, "--unfold")
    output = [r["kind"] for r in unfolded if r["layer"] == 3 and r["pass"] == "backward" and r["sample"] == 0]
    assert output[:4] == ["error", "slope", "delta_product", "delta"]

    def deltas(records: list[dict[str, object]]) -> list[object]:
        return [record["value"] for record in records if record["kind"] == "delta"]

    assert deltas(folded) == deltas(unfolded)
