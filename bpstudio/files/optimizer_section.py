"""Reads the `optimizer` section of a run file: each rule takes its own keys, and clipping and a schedule."""

from dataclasses import replace

from bpstudio.errors import RunFileError
from bpstudio.files.section import Section
from bpstudio.model.spec import (
    EpsilonPlace,
    MomentumForm,
    OptimizerName,
    OptimizerSpec,
    ScheduleName,
    ScheduleSpec,
)

N = OptimizerName


def read_optimizer(section: Section) -> OptimizerSpec:
    """Return the update rule; keys of another rule are errors, missing ones take PyTorch's defaults."""
    name = section.choice("name", OptimizerName, None)
    rule = OptimizerSpec(name, section.number("learning_rate", None, low=0.0))
    match name:
        case N.SGD:
            pass
        case N.MOMENTUM:
            form = section.choice("form", MomentumForm, MomentumForm.CLASSIC)
            rule = replace(rule, beta=_share(section, "beta", 0.9), form=form)
        case N.ADAGRAD:
            rule = replace(rule, epsilon=section.number("epsilon", 1e-10, low=0.0))
        case N.RMSPROP:
            rule = replace(
                rule,
                gamma=_share(section, "gamma", 0.99),
                epsilon=section.number("epsilon", 1e-8, low=0.0),
                epsilon_place=section.choice("epsilon_place", EpsilonPlace, EpsilonPlace.OUTSIDE),
            )
        case N.ADAM | N.ADAMW:
            rule = replace(
                rule,
                beta1=_share(section, "beta1", 0.9),
                beta2=_share(section, "beta2", 0.999),
                epsilon=section.number("epsilon", 1e-8, low=0.0),
                weight_decay=section.number("weight_decay", 0.01 if name is N.ADAMW else 0.0, low=0.0),
            )
    clip = None if section.value("clip_norm") is None else section.number("clip_norm", None, above=0.0)
    rule = replace(rule, clip_norm=clip, schedule=_read_schedule(section))
    section.finish(f" for {name}")
    return rule


def _share(section: Section, key: str, usual: float) -> float:
    return section.number(key, usual, low=0.0, below=1.0)


def _read_schedule(optimizer: Section) -> ScheduleSpec:
    value = optimizer.value("schedule", "constant")
    if isinstance(value, str):
        if value in (ScheduleName.STEP, ScheduleName.EXPONENTIAL, ScheduleName.COSINE):
            example = '{"name": "step", "every": 100, "factor": 0.5}'
            raise RunFileError(optimizer.at("schedule"), f"{value} needs its numbers; write an object like {example}")
        value = {"name": value}
    section = Section(value, optimizer.at("schedule"))
    name = section.choice("name", ScheduleName, None)
    match name:
        case ScheduleName.CONSTANT:
            schedule = ScheduleSpec()
        case ScheduleName.STEP:
            every = section.whole("every", None, 1, 2**62)
            schedule = ScheduleSpec(name, every=every, factor=section.number("factor", None, low=0.0))
        case ScheduleName.EXPONENTIAL:
            schedule = ScheduleSpec(name, factor=section.number("factor", None, low=0.0))
        case ScheduleName.COSINE:
            iterations = section.whole("iterations", None, 1, 2**62)
            schedule = ScheduleSpec(name, iterations=iterations, minimum=section.number("minimum", 0.0, low=0.0))
    section.finish(f" for {name}")
    return schedule
