"""Sentences of reduction and update."""

from bpstudio.explain.story import Story
from bpstudio.model.optimizers import has_gradient_decay
from bpstudio.model.spec import MomentumForm, OptimizerName, Reduction
from bpstudio.program.operation import OperationKind

K = OperationKind
O = OptimizerName


def narrate_update(story: Story) -> str:
    """What a reduce or update operation does."""
    match story.kind:
        case K.DATA_LOSS:
            return f"{_over_batch(story)} {story.result}, before the penalty."
        case K.PENALTY:
            return f"Large weights cost extra: the penalty is {story.result}; biases take no part in it."
        case K.TOTAL_LOSS:
            return _total_loss(story)
        case K.REDUCE:
            return _reduce(story)
        case K.PENALIZE:
            return (
                f"The penalty pulls the {story.parameter} towards 0: its slope {story.number('penalty_slope')} joins the "
                f"gradient, now {story.result}."
            )
        case K.CLIP_NORM:
            return _clip_norm(story)
        case K.CLIP:
            return f"The gradient of the {story.parameter} is scaled like all others: {story.result}."
        case K.DECAY:
            return _decay(story)
        case K.VELOCITY | K.MEAN | K.SQUARE | K.MEAN_CORRECTED | K.SQUARE_CORRECTED:
            return _state(story)
        case K.STEP:
            return _step(story)
        case _:
            return f"The {story.parameter} moves from {story.number('parameter')} by {story.number('step')} to {story.result}."


def _over_batch(story: Story) -> str:
    if story.spec.loss.reduction is Reduction.MEAN:
        return "The mean of the sample losses is"
    return "The sum of the sample losses is"


def _total_loss(story: Story) -> str:
    if story.spec.penalty.is_active:
        return f"Data loss and penalty together are the loss of this batch, {story.result}."
    if not story.is_batch:
        return f"With one sample in the batch, its loss is the batch's: {story.result}."
    return f"{_over_batch(story)} the loss of this batch, {story.result}."


def _reduce(story: Story) -> str:
    if not story.is_batch:
        return f"With one sample in the batch, its gradient of the {story.parameter} is the batch's: {story.result}."
    if story.spec.loss.reduction is Reduction.SUM:
        return f"The gradient of the {story.parameter} is the sum over the batch, {story.result}."
    return f"The samples' gradients of the {story.parameter} add up to {story.number('sum')}; their mean is {story.result}."


def _clip_norm(story: Story) -> str:
    if story.evaluation.parts["clip_factor"] == 1.0:
        return f"The whole gradient has length {story.result}, which is within the limit: nothing is clipped."
    factor = story.number("clip_factor")
    return f"The whole gradient has length {story.result}, over the limit: every entry is scaled by {factor}."


def _decay(story: Story) -> str:
    if has_gradient_decay(story.spec.optimizer):
        return f"Weight decay adds a share of the {story.parameter} to its gradient, now {story.result}."
    return f"Weight decay takes a share off the {story.parameter} itself, past the averages: {story.result}."


def _state(story: Story) -> str:
    match story.kind:
        case K.VELOCITY:
            return f"The velocity keeps most of what it was and takes in the new gradient: {story.result}."
        case K.MEAN:
            return f"The running mean of the gradient takes in the new one: {story.result}."
        case K.SQUARE:
            verb = "sum" if story.spec.optimizer.name is O.ADAGRAD else "mean"
            return f"The running {verb} of squared gradients takes in the new one: {story.result}."
        case _:
            what = "mean" if story.kind is K.MEAN_CORRECTED else "mean square"
            return f"The running {what} started at 0 and is still too small; corrected for that it is {story.result}."


def _step(story: Story) -> str:
    spec, rate = story.spec.optimizer, story.number("learning_rate")
    downhill = f"The {story.parameter} goes downhill"
    match spec.name:
        case O.SGD:
            return f"{downhill}: minus learning rate {rate} times gradient is {story.result}."
        case O.MOMENTUM if spec.form is MomentumForm.VELOCITY:
            return f"The change of the {story.parameter} is the velocity itself: {story.result}."
        case O.MOMENTUM if spec.form is MomentumForm.NESTEROV:
            return f"{downhill} along gradient and velocity one step ahead: {story.result}."
        case O.MOMENTUM:
            return f"{downhill} along the velocity: minus learning rate {rate} times velocity is {story.result}."
        case O.ADAGRAD | O.RMSPROP:
            return f"{downhill}, slower where gradients have been large: {story.result}."
        case O.ADAM | O.ADAMW:
            return f"{downhill} along the mean, measured by the root of the mean square: {story.result}."
