"""What the canvas says about the unit, edge or bias under the pointer: its symbol, how it is made, its number."""

from bpstudio.explain.formula_writer import Formula
from bpstudio.explain.notation import notation
from bpstudio.explain.quantities import quantity_formula
from bpstudio.explain.scripts import script_text
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.address import Address, Quantity
from bpstudio.session.session import Session
from bpstudio.viewstate.selection import ViewOptions

Q = Quantity
LONGEST = 72
OF_UNIT = (Q.ACTIVATION, Q.PRE_ACTIVATION, Q.DELTA)


def hint_for(session: Session, address: Address | None, options: ViewOptions) -> str:
    """One line about a quantity that the canvas draws; empty for none."""
    if address is None or address.layer is None or not address.indices:
        return ""
    names, numbers = notation(options.notation, session.spec), options.numbers
    parts = []
    is_of_unit = address.quantity in OF_UNIT and address.layer > 0  # of others the number itself
    told = [Address(quantity, address.layer, address.indices) for quantity in OF_UNIT] if is_of_unit else [address]
    for own in told:
        sample = session.progress.sample if own.quantity.is_per_sample else None
        value = session.value(own, sample)
        symbol = script_text(names.symbol(own, sample))
        if value is None:
            parts.append(f"{symbol} not computed yet")
            break
        parts.append(f"{symbol} = {_made_of(session, own, options)}{numbers.format(value)}")
    return "   ".join(parts)


def _made_of(session: Session, address: Address, options: ViewOptions) -> str:
    """The right side of the formula where it is short: g(z) of an activation; nothing for what is only read."""
    if address.quantity is not Q.ACTIVATION or address.layer == 0:
        return ""
    names, numbers = notation(options.notation, session.spec), options.numbers
    found: Formula = quantity_formula(address, session.progress.sample, session.tape, session.program, names)
    right = found.symbols.right
    text = to_code(right, numbers) if names.is_code else to_text(right, numbers)
    return f"{text} = " if len(text) <= LONGEST else ""
