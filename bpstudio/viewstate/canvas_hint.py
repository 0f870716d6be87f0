"""What the canvas says about the unit, edge or bias under the pointer: its symbol, how it is made, its number."""

from dataclasses import replace

from bpstudio.explain.formula_writer import Formula
from bpstudio.explain.labels import repeats_symbol
from bpstudio.explain.notation import notation
from bpstudio.explain.quantities import quantity_formula
from bpstudio.explain.scripts import script_text
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.address import Address, Quantity
from bpstudio.program.operation import Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.canvas_edges import gradient_words
from bpstudio.viewstate.edge_values import has_batch_gradient
from bpstudio.viewstate.selection import EdgeMode, ViewOptions

Q = Quantity
LONGEST = 72
OF_UNIT = (Q.ACTIVATION, Q.PRE_ACTIVATION, Q.DELTA)
OF_BATCH = {Q.WEIGHT: Q.WEIGHT_GRADIENT, Q.BIAS: Q.BIAS_GRADIENT}
OF_SAMPLE = {Q.WEIGHT: Q.SAMPLE_WEIGHT_GRADIENT, Q.BIAS: Q.SAMPLE_BIAS_GRADIENT}


def hint_for(session: Session, address: Address | None, options: ViewOptions, pass_: Pass | None) -> str:
    """One line about a quantity that the canvas draws, at work in ``pass_``; empty for none."""
    if address is None or address.layer is None or not address.indices:
        return ""
    name = _name(session, address)
    parts = [name] if name else []
    parts += _told(session, address, options)
    if options.edge_mode is EdgeMode.GRADIENT and address.quantity in OF_BATCH:
        is_of_batch = has_batch_gradient(session.progress, pass_)
        words = gradient_words(is_of_batch, notation(options.notation, session.spec), session.progress.sample)
        shown = replace(address, quantity=(OF_BATCH if is_of_batch else OF_SAMPLE)[address.quantity])
        parts += [f"{words}: {part}" for part in _told(session, shown, options)]
    return "   ".join(parts)


def _name(session: Session, address: Address) -> str:
    """The whole name of an input, or of an output's target; nothing where it only repeats a symbol."""
    if address.quantity not in OF_UNIT or address.layer not in (0, session.spec.network.depth):
        return ""
    dataset = session.spec.dataset
    names = dataset.target_names if address.layer else dataset.input_names
    name = names[address.indices[0]] if address.indices[0] < len(names) else ""
    return "" if repeats_symbol(name, "y" if address.layer else "x") else name


def _told(session: Session, address: Address, options: ViewOptions) -> list[str]:
    """Symbol, formula and number of a quantity; of a unit all three that belong to it, as far as they are computed."""
    names, numbers = notation(options.notation, session.spec), options.numbers
    parts: list[str] = []
    is_of_unit = address.quantity in OF_UNIT and address.layer != 0  # of others the number itself
    told = [Address(quantity, address.layer, address.indices) for quantity in OF_UNIT] if is_of_unit else [address]
    for own in told:
        sample = session.progress.sample if own.quantity.is_per_sample else None
        value = session.value(own, sample)
        symbol = script_text(names.symbol(own, sample))
        if value is None:
            parts.append(f"{symbol} not computed yet")
            break
        parts.append(f"{symbol} = {_made_of(session, own, options)}{numbers.format(value)}")
    return parts


def _made_of(session: Session, address: Address, options: ViewOptions) -> str:
    """The right side of the formula where it is short: g(z) of an activation; nothing for what is only read."""
    if address.quantity is not Q.ACTIVATION or address.layer == 0:
        return ""
    names, numbers = notation(options.notation, session.spec), options.numbers
    found: Formula = quantity_formula(address, session.progress.sample, session.tape, session.program, names)
    right = found.symbols.right
    text = to_code(right, numbers) if names.is_code else to_text(right, numbers)
    return f"{text} = " if len(text) <= LONGEST else ""
