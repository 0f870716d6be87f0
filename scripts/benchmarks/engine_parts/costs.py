"""What debugging costs: a step at each level, memory, a seek, keeping the tape, a checkpoint every iteration."""

import itertools
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import bpstudio  # noqa: F401  # isort: skip  (sets one BLAS thread before NumPy is imported)
import numpy as np

from bpstudio.explain.evaluation import evaluate
from bpstudio.model import accelerator
from bpstudio.model.passes import Engine
from bpstudio.model.spec import Array, RunSpec, Summation
from bpstudio.model.tape import LayerArrays
from bpstudio.model.workspace import Workspace
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from scripts.benchmarks.engine_parts.timing import take_turns
from scripts.benchmarks.workloads import WORKLOADS, spec_of

LEVELS = tuple(Level)
RING = 64
SEEKS = {"W1": 1_000_000, "W4": 100_000, "W5": 2_000}
"""How long the run is in which somebody jumps about."""


class _LeanWorkspace(Workspace):
    """A workspace that keeps no tape: hidden layers overwrite z with a, and share the buffers of error, slope and δ."""

    _shared: dict[tuple[str, int], Array]

    def _layer_arrays(self, spec: RunSpec, layer: int) -> LayerArrays:
        arrays = super()._layer_arrays(spec, layer)
        if layer == spec.network.depth:
            return arrays
        size = max(spec.network.sizes[1:-1]) * self.batch
        shared = self.__dict__.setdefault("_shared", {})

        def one(what: str, like: Array) -> Array:
            buffer = shared.setdefault((what, layer % 2), np.empty(size))
            return np.asarray(buffer[: like.size].reshape(like.shape))

        arrays.pre_activation = arrays.activation
        arrays.delta = one("delta", arrays.delta)
        if arrays.slope is not None and layer > self.alike:
            arrays.slope = one("slope", arrays.slope)
        return arrays


def lean_engine(spec: RunSpec) -> Engine:
    """An engine that forgets everything but parameters; checked here to train to the same bits."""
    engine, whole = Engine(spec), Engine(spec)
    engine._workspaces[spec.batch_size] = _LeanWorkspace(engine, spec.batch_size)
    engine._gather(engine.workspace)
    engine.iterate(20)
    whole.iterate(20)
    if engine.state().tobytes() != whole.state().tobytes():
        raise RuntimeError("an engine without a tape trains to other numbers")
    return engine


def keeping_rows(rounds: int, seconds: float) -> list[str]:
    """What the tape, and a checkpoint every iteration, add to an iteration."""
    lines = [
        "| workload | keeping the whole tape | a checkpoint every iteration |",
        "|---|---:|---:|",
    ]
    for name in WORKLOADS:
        spec = spec_of(name)
        whole, lean = Engine(spec), lean_engine(spec)
        everybody = {
            "whole": whole.iterate,
            "lean": lean.iterate,
            "kept": _plan_with_copies(spec),
            "bare": _plan_alone(spec),
        }
        with np.errstate(all="ignore"):
            turns = take_turns(everybody, rounds, seconds)
        tape, checkpoint = turns.ratio("whole", "lean"), turns.ratio("kept", "bare")
        assert tape is not None and checkpoint is not None
        lines.append(f"| {name} | {100 * (tape - 1):+.1f} % | {100 * (checkpoint - 1):+.1f} % |")
    return lines


def _plan_alone(spec: RunSpec) -> Callable[[int], None]:
    plan = Engine(spec).workspace.plan

    def run(count: int) -> None:
        for _ in range(count):
            for call in plan:
                call()

    return run


def _copy_call(source: Array, target: Array) -> Callable[[], object]:
    """What copies quickest: of few numbers a function that costs little to call, of many the memory's own."""
    return partial(np.positive, source, target) if source.size < 4096 else partial(np.copyto, target, source)


def _plan_with_copies(spec: RunSpec) -> Callable[[int], None]:
    """The same, and after each iteration a copy of all parameters; the latest ``RING`` are kept."""
    engine = Engine(spec)
    plan, vector = engine.workspace.plan, engine.vector
    copies = itertools.cycle([_copy_call(vector, np.zeros_like(vector)) for _ in range(RING)])

    def run(count: int) -> None:
        for _ in range(count):
            for call in plan:
                call()
            next(copies)()

    return run


def step_rows(seconds: float) -> list[str]:
    """Microseconds of a step forward / back at each level, from iteration 50 on, its number looked up; medians."""
    lines = [
        "| workload | " + " | ".join(level.label for level in LEVELS) + " |",
        "|---|" + "---:|" * len(LEVELS),
    ]
    for name in WORKLOADS:
        session = Session(spec_of(name, Summation.AUTO))
        cells = []
        for level in LEVELS:
            session.seek(iteration=50)
            forward = _each(partial(_step_and_look, session, session.step, level), seconds)
            back = _each(partial(_step_and_look, session, session.step_back, level), seconds)
            cells.append(f"{_micros(forward)} / {_micros(back)}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _step_and_look(session: Session, move: Callable[[Level], int], level: Level) -> None:
    """A step, and the number that the next operation makes with all it is made of."""
    move(level)
    evaluate(session.operation, session.tape, session.program)


def _each(step: Callable[[], object], seconds: float) -> float:
    """Median seconds of one call, over calls for about ``seconds``, at least three."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or (time.perf_counter() < end and len(times) < 2000):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _micros(seconds: float) -> str:
    micros = seconds * 1e6
    return f"{micros:.1f}" if micros < 100 else f"{micros:,.0f}"


def memory_rows(iterations: int) -> list[str]:
    """Bytes: the tape of one iteration, one checkpoint, and what a run of many iterations adds for each."""
    lines = [
        "| workload | tape of the current iteration | one checkpoint | growth per iteration, checkpoints apart |",
        "|---|---:|---:|---:|",
    ]
    for name in WORKLOADS:
        count = iterations if spec_of(name, Summation.AUTO).is_exact else iterations // 100
        tracemalloc.start()
        session = Session(spec_of(name))
        session.run_iterations(16)
        before = tracemalloc.get_traced_memory()[0] - session.history.nbytes
        session.run_iterations(count)
        grown = tracemalloc.get_traced_memory()[0] - session.history.nbytes - before
        tracemalloc.stop()
        work = session.engine.workspace
        tape = work.numbers.nbytes + work.input_rows.nbytes + work.targets.nbytes
        tape += sum(error.nbytes for error in work.errors.values()) + 3 * session.engine.gradient.nbytes
        checkpoint = session.engine.vector.nbytes
        lines.append(f"| {name} | {tape:,} B | {checkpoint:,} B | {grown / count:.1f} B |")
    return lines


def seek_rows(count: int) -> list[str]:
    """Milliseconds of random jumps within a long run: median and longest."""
    lines = ["| workload | length of the run | checkpoints | median | longest |", "|---|---:|---:|---:|---:|"]
    is_compiled = accelerator.enable()
    for name, length in SEEKS.items():
        session = Session(spec_of(name, Summation.AUTO if is_compiled else Summation.FAST))
        session.seek(iteration=length)
        draw, times = random.Random(1), []
        for _ in range(count):
            target = draw.randrange(length)
            start = time.perf_counter()
            session.seek(iteration=target)
            times.append((time.perf_counter() - start) * 1e3)
        median, longest = statistics.median(times), max(times)
        lines.append(f"| {name} | {length:,} | {session.history.count:,} | {median:.1f} ms | {longest:.1f} ms |")
    accelerator.disable()
    return lines
