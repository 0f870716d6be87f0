"""Sentences of the forward pass and the loss."""

from bpstudio.explain.story import Story
from bpstudio.model.address import Quantity
from bpstudio.model.spec import ActivationName, LossName, NotationName
from bpstudio.program.operation import OperationKind

A = ActivationName
K = OperationKind
Q = Quantity


def narrate_forward(story: Story) -> str:
    """What a forward or loss operation does."""
    match story.kind:
        case K.MULTIPLY_ADD:
            return _multiply_add(story)
        case K.ADD_BIAS:
            return _add_bias(story)
        case K.PRE_ACTIVATION:
            return _pre_activation(story)
        case K.ACTIVATE:
            return _activate(story)
        case K.SOFTMAX_SHIFT:
            return (
                f"The largest weighted sum of the layer is {story.result}; it is taken off before the exponentials, which "
                "changes no quotient but keeps them from overflowing."
            )
        case K.SOFTMAX_EXPONENTIAL:
            unit = story.notation.unit_name(story.operation.layer, story.operation.entry or 0)
            return f"The exponential of {unit}'s shifted sum, {story.result}, is positive whatever the sum was."
        case K.SOFTMAX_SUM:
            verb = "starts the sum of exponentials" if story.is_first else "joins the sum of exponentials"
            return f"{story.number('exponential')} {verb}, now {story.result}; every unit will take its share of it."
        case K.LOSS_TERM:
            return _loss_term(story)
        case _:
            return _sample_loss(story)


def _multiply_add(story: Story) -> str:
    product = f"weight {story.number('weight')} times activation {story.number('source')}"
    if story.is_first:
        return f"The weighted sum of {story.unit} starts with its first input: {product} gives {story.result}."
    return (
        f"Input {story.entry} enters the weighted sum of {story.unit}: {product} adds {story.number('product')}, "
        f"the sum is now {story.result}."
    )


def _add_bias(story: Story) -> str:
    text = f"The bias {story.number('bias')} is added whatever the inputs are; the sum is now {story.result}."
    if story.notation.name is NotationName.THETA:
        return text[:-1] + ". In Θ it is column 0, the weight of a unit that always says 1."
    return text


def _pre_activation(story: Story) -> str:
    z = story.symbol(Q.PRE_ACTIVATION, story.operation.unit or 0)
    text = f"The weighted sum of {story.unit} is complete: {z} = {story.result}."
    if story.spec.is_exact or story.evaluation.parts["sum"] == story.evaluation.result:
        return text
    return text + " It was added in another order for speed, so its last digits differ from the running sum."


def _activate(story: Story) -> str:
    reader = "the network's answer" if story.is_output else "what the next layer reads"
    activation = story.spec.network.layer(story.operation.layer).activation
    if activation is A.SOFTMAX:
        share = f"{story.number('exponential')} of {story.number('total')}"
        return f"The share of {story.unit} in all exponentials of its layer, {share}, is {story.result}: {reader}."
    phrase = _ACTIVATION_PHRASES[activation]
    unit = story.operation.unit or 0
    z, a = story.symbol(Q.PRE_ACTIVATION, unit), story.symbol(Q.ACTIVATION, unit)
    return f"The {story.activation} {phrase}: {z} = {story.number('z')} becomes {a} = {story.result}, {reader}."


_ACTIVATION_PHRASES = {
    A.IDENTITY: "changes nothing",
    A.SIGMOID: "squeezes any sum between 0 and 1",
    A.TANH: "squeezes any sum between −1 and 1",
    A.RELU: "keeps what is positive and cuts the rest to 0",
    A.LEAKY_RELU: "keeps what is positive and lets a little of the rest through",
    A.ELU: "keeps what is positive and bends the rest towards a floor",
    A.SOFTPLUS: "is a smooth version of the ReLU",
    A.GELU: "weighs the sum with the chance that a normal variable lies below it",
    A.SILU: "weighs the sum with its own sigmoid",
}


def _loss_term(story: Story) -> str:
    output = story.notation.print_index(story.operation.unit or 0)
    answer, target = story.number("a"), story.number("target")
    if story.spec.loss.name is LossName.OUTPUT_SUM:
        return f"Output {output} itself, {answer}, counts as loss: its slope is the gradient of the output."
    text = (
        f"Output {output} said {answer} where {target} was wanted; its share of the loss is {story.number('product')}"
    )
    text += "." if story.is_first else f", together {story.result}."
    if story.spec.loss.name in (LossName.BINARY_CROSS_ENTROPY, LossName.CROSS_ENTROPY):
        text += (
            f" The leading minus belongs there: without it every {story.delta} would have the wrong sign."
            if story.is_first
            else ""
        )
    return text


def _sample_loss(story: Story) -> str:
    sample = story.notation.sample_name(story.operation.sample or 0)
    return f"All outputs together, the loss of {sample} is {story.result}; training makes it smaller."
