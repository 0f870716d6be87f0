"""Published worked examples (tests/cases/*.json) as run files and expected numbers."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "cases"


@dataclass(frozen=True, slots=True)
class Expected:
    """One printed number. ``value`` = ``scale`` × the quantity; ``sample`` None means the batch, or its only sample."""

    quantity: str
    layer: int | None
    index: tuple[int, ...]
    iteration: int
    sample: int | None
    through: int | None
    printed: str
    value: float
    scale: float
    abs_tol: float
    status: str
    recomputed: float | None

    @property
    def is_right(self) -> bool:
        """Whether a run must reproduce it; `wrong` and `misprint` must differ, `rounded_chain` may."""
        return self.status == "ok"

    @property
    def is_wrong(self) -> bool:
        """Whether a run must disagree with it."""
        return self.status in {"wrong", "misprint"}

    @property
    def address(self) -> str | None:
        """The address that holds it; None for what is made of several numbers (`dEk_da`, `loss_term`, `mean_abs_error`)."""
        per_sample = self.sample is not None
        names = {
            "a": "a",
            "z": "z",
            "delta": "delta",
            "W": "w",
            "b": "b",
            "grad_W": "sample_dw" if per_sample else "dw",
            "grad_b": "sample_db" if per_sample else "db",
            "dE_da": "e",
            "da_dz": "slope",
            "loss": "loss",
            "sample_loss": "sample_loss",
        }
        if self.quantity not in names:
            return None
        layer = "" if self.layer is None else f"[{self.layer}]"
        index = "[" + ",".join(map(str, self.index)) + "]" if self.index else ""
        return names[self.quantity] + layer + index


@dataclass(frozen=True)
class Case:
    """One published example; its runs may override parts of it."""

    name: str
    document: dict[str, Any]

    @property
    def run_ids(self) -> tuple[str, ...]:
        """The names of its runs."""
        return tuple(run["id"] for run in self.document["runs"])

    def run_file(self, run_id: str) -> dict[str, object]:
        """The run as a bpstudio-run/1 document."""
        merged = {**self.document, **self._run(run_id)}
        schedule = merged.get("schedule", {"mode": "batch"})
        network = merged["network"]
        loss = merged["loss"]
        rate = merged.get("optimizer", {"lr": 0.0})["lr"]
        return {
            "format": "bpstudio-run/1",
            "title": merged["title"],
            "network": {"inputs": network["layers"][0], "layers": _layers(network)},
            "parameters": {
                "weights": merged["parameters"]["W"],
                "biases": [
                    b if bias["present"] else None
                    for b, bias in zip(merged["parameters"]["b"], network["bias"], strict=True)
                ],
            },
            "loss": {"name": loss["name"], "factor": loss["factor"], "reduction": loss["reduce_batch"]},
            "penalty": {"l2": merged.get("regularization", {"coefficient": 0.0})["coefficient"]},
            "optimizer": {"name": "sgd", "learning_rate": rate},
            "data": _data(merged),
            "training": {
                "batch_size": 1 if schedule["mode"] == "online" else None,
                "shuffle": False,
                "update": {"sequential_output_first": "output_first"}.get(
                    schedule.get("update_order", ""), "simultaneous"
                ),
            },
        }

    def expected(self, run_id: str) -> list[Expected]:
        """The printed numbers of one run."""
        return [_expected(entry) for entry in self._run(run_id)["expected"]]

    def _run(self, run_id: str) -> dict[str, Any]:
        return next(run for run in self.document["runs"] if run["id"] == run_id)


def load_cases() -> list[Case]:
    """All published examples, sorted by name."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    return [Case(document["name"], document) for document in documents]


def _layers(network: dict[str, Any]) -> list[dict[str, object]]:
    if any(bias.get("shared", False) and bias["present"] for bias in network["bias"]):
        raise ValueError("a run file has no biases shared by the units of a layer")
    rows = zip(network["layers"][1:], network["activations"], network["bias"], strict=True)
    return [
        {
            "units": units,
            "activation": activation,
            "bias": {"present": bias["present"], "trainable": bias.get("trainable", True)},
        }
        for units, activation, bias in rows
    ]


def _data(merged: dict[str, Any]) -> dict[str, object]:
    """Rows in the order they are presented in."""
    inputs, targets = merged["data"]["inputs"], merged["data"]["targets"]
    order = merged.get("schedule", {}).get("order") or list(range(len(inputs)))
    return {"inputs": [inputs[row] for row in order], "targets": [targets[row] for row in order]}


def _expected(entry: dict[str, Any]) -> Expected:
    index = entry.get("index", [])
    return Expected(
        quantity=entry["q"],
        layer=entry.get("layer"),
        index=tuple(index) if isinstance(index, list) else (index,),
        iteration=entry.get("iteration", 0),
        sample=entry.get("sample"),
        through=entry.get("through"),
        printed=entry["printed"],
        value=entry["value"],
        scale=entry.get("scale", 1.0),
        abs_tol=entry["abs_tol"],
        status=entry["status"],
        recomputed=entry.get("recomputed"),
    )
