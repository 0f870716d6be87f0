"""Sentences of the backward pass; each names the idea it shows."""

from bpstudio.explain.ideas import Idea
from bpstudio.explain.story import Story
from bpstudio.model.address import Quantity
from bpstudio.model.spec import ActivationName, LossName, NotationName, UpdateRule
from bpstudio.program.operation import OperationKind

K = OperationKind
Q = Quantity


def narrate_backward(story: Story) -> str:
    """What a backward operation does."""
    match story.kind:
        case K.ERROR_MULTIPLY_ADD:
            return _error_term(story)
        case K.ERROR:
            return _output_error(story) if story.is_output else _hidden_error(story)
        case K.SLOPE:
            return _slope(story)
        case K.JACOBIAN_MULTIPLY_ADD:
            return _jacobian_term(story)
        case K.DELTA_PRODUCT:
            return (
                f"The {Idea.CHAIN_RULE} in full: error {story.number('error')} times slope {story.number('slope')} is "
                f"{story.result}; next, the same number without the detour."
            )
        case K.DELTA:
            return _delta(story)
        case K.GRADIENT:
            return _gradient(story)
        case _:
            return _bias_gradient(story)


def _error_term(story: Story) -> str:
    layer, entry = story.operation.layer + 1, story.operation.entry or 0
    above = story.unit_of(layer, entry)
    product = f"{story.number('weight')} times its {story.delta} of {story.number('delta')}"
    text = f"What {above} contributed to the loss comes back {Idea.WEIGHTED}: weight {product}"
    text += f" starts the sum with {story.result}." if story.is_first else f" makes the sum {story.result}."
    if story.spec.training.update is UpdateRule.OUTPUT_FIRST:
        text += " The weight is already the new one: this run updates layers nearer the output first."
    return text


def _output_error(story: Story) -> str:
    answer, target = story.number("a"), story.number("target")
    if story.spec.loss.name is LossName.OUTPUT_SUM:
        return f"The output is the loss, so its slope is {story.result}; here the {Idea.FLOW} begins."
    return (
        f"Here the {Idea.FLOW} begins: with answer {answer} and target {target}, the loss changes by {story.result} "
        f"per unit of change of {story.symbol(Q.ACTIVATION, story.operation.unit or 0)}."
    )


def _hidden_error(story: Story) -> str:
    text = (
        f"All connections that go forward from {story.unit} have reported: {story.result}. This is the {Idea.FLOW}, "
        "one layer back."
    )
    if story.notation.name is NotationName.THETA:
        text += " The bias column of Θ takes no part in Θᵀδ, for nothing lies behind a bias."
    return text


def _slope(story: Story) -> str:
    z = story.symbol(Q.PRE_ACTIVATION, story.operation.unit or 0)
    text = f"The {story.activation} at {z} = {story.number('z')} has slope {story.result}"
    if story.evaluation.result == 0.0:
        return f"{text}: {Idea.MODULATED}, nothing passes back through {story.unit} for this sample."
    return f"{text}; what comes back to {story.unit} is {Idea.MODULATED}."


def _jacobian_term(story: Story) -> str:
    other = story.notation.unit_name(story.operation.layer, story.operation.entry or 0)
    verb = "starts the sum with" if story.is_first else "makes the sum"
    return (
        f"Softmax ties all units together, so the {Idea.CHAIN_RULE} takes every path: slope {story.number('slope')} "
        f"towards {other} times its error {story.number('error')} {verb} {story.result}."
    )


def _delta(story: Story) -> str:
    delta = story.symbol(Q.DELTA, story.operation.unit or 0)
    if story.is_output and story.spec.is_matched_pair:
        return _matched_delta(story, delta)
    if story.spec.network.layer(story.operation.layer).activation is ActivationName.SOFTMAX:
        return f"The {Idea.CHAIN_RULE} over all paths through softmax gives {delta} = {story.result}."
    product = f"{story.number('error')} × {story.number('slope')} = {story.result}"
    if story.is_output:
        return f"The {Idea.CHAIN_RULE}: slope of the loss times slope of the {story.activation}, {delta} = {product}."
    return (
        f"The sum that came back is {Idea.MODULATED} of this unit: {delta} = sum × slope = {product}. The slope belongs "
        f"there; printed versions that stop at the weighted sum leave out the factor {story.slope_factor}."
    )


def _matched_delta(story: Story, delta: str) -> str:
    pair = f"the slope of the loss and the slope of the {story.activation}"
    return (
        f"By the {Idea.CHAIN_RULE}, {pair} cancel to answer {story.number('a')} minus target "
        f"{story.number('target')}: {delta} = {story.result}."
    )


def _gradient(story: Story) -> str:
    text = (
        f"The {Idea.CHAIN_RULE} ends at the weight: {story.delta} {story.number('delta')} of {story.unit} times the activation "
        f"{story.number('source')} that came in through it is its gradient {story.result}."
    )
    return text + _landing(story)


def _bias_gradient(story: Story) -> str:
    text = f"A bias has input 1, so by the {Idea.CHAIN_RULE} its gradient is {story.delta} itself, {story.result}."
    return text + _landing(story)


def _landing(story: Story) -> str:
    if not story.is_batch:
        return ""
    return f" It lands in the sum of the batch, now {story.number('accumulated')}."
