"""Exact summation gives the same bits whatever the processor can do: tried by hiding its vector instructions."""

import json
import os
import platform
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]

FEATURES = """
import json
import bpstudio
import numpy as np
print(json.dumps(np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])))
"""

RUNS = """
import hashlib, itertools, json
import bpstudio
import numpy as np
from bpstudio.model.dataset import standardise
from bpstudio.model.initializers import draw_weights
from bpstudio.model.passes import Engine
from bpstudio.model.spec import *
from tests.support.specs import run_spec

digests = {}

def note(name, *arrays):
    arrays = [np.where(np.isnan(array), np.nan, array) for array in arrays]  # the sign of a NaN is no part of it
    digests[name] = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()

exact = TrainingSpec(batch_size=3, shuffle=True, summation=Summation.EXACT)
for name, loss in itertools.product(ActivationName, LossName):
    for output in (name, ActivationName.SIGMOID, ActivationName.SOFTMAX):
        engine = Engine(run_spec((3, 5, 9, 2), (name, name, output), samples=8, loss=loss, training=exact))
        losses = engine.iterate(12)
        note(f"{name} {loss} {output}", engine.state(), losses)
for name in OptimizerName:
    rule = OptimizerSpec(name, 0.02, clip_norm=0.05, weight_decay=0.01)
    engine = Engine(run_spec((3, 5, 2), samples=8, training=exact, optimizer=rule, penalty=PenaltySpec(0.01, 0.01)))
    losses = engine.iterate(60)
    note(str(name), engine.state(), losses)
for name in InitializerName:
    note(f"drawn {name}", *draw_weights(InitializerSpec(name), (7, 50, 3), 5))
for columns in (1, 3):
    rows = draw_weights(InitializerSpec(InitializerName.NORMAL), (columns, 101), 0)[0]
    note(f"standardised {columns}", standardise(rows, rows)[0])
print(json.dumps(digests))
"""

RATES = """
import hashlib, json
from bpstudio.model.optimizers import Rates, learning_rate_at
from bpstudio.model.spec import *

schedules = [
    ScheduleSpec(ScheduleName.STEP, every=2, factor=0.98),
    ScheduleSpec(ScheduleName.EXPONENTIAL, factor=0.999),
    ScheduleSpec(ScheduleName.COSINE, iterations=20000, minimum=0.001),
]
found = {s.name: [learning_rate_at(OptimizerSpec(schedule=s), n).hex() for n in range(20000)] for s in schedules}
adam = [Rates(OptimizerSpec(OptimizerName.ADAM), n) for n in range(20000)]
found["mean"] = [rates.mean_correction.hex() for rates in adam]
found["square"] = [rates.square_correction.hex() for rates in adam]
print(json.dumps({name: hashlib.sha256(str(values).encode()).hexdigest() for name, values in found.items()}))
"""


def printed(script: str, **environment: str) -> object:
    command = [sys.executable, "-W", "ignore", "-c", script]  # NumPy warns of features this processor does not have
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True, timeout=300
    )
    return json.loads(done.stdout)


@lru_cache(maxsize=2)
def usual(script: str) -> object:
    return printed(script)


def vector_features() -> list[str]:
    found: list[str] = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return found


HIDDEN_FROM_C = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable"}
ON_GLIBC = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc hides instructions on request")


@pytest.mark.skipif(not vector_features(), reason="this processor has no vector instructions to hide")
def test_bits_are_the_same_without_numpy_s_vector_instructions() -> None:
    hidden = {"NPY_DISABLE_CPU_FEATURES": " ".join(vector_features())}
    assert printed(FEATURES, **hidden) == []
    assert printed(RUNS, **hidden) == usual(RUNS)


@ON_GLIBC
def test_bits_are_the_same_without_the_c_library_s_vector_instructions() -> None:
    assert printed(RUNS, **HIDDEN_FROM_C) == usual(RUNS)


@ON_GLIBC
def test_rates_are_the_same_without_the_c_library_s_vector_instructions() -> None:
    assert printed(RATES, **HIDDEN_FROM_C) == usual(RATES)
