"""The story of a weight: its initial value and every change that made it what it is, the largest first, with its culprit."""

import math

from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import MINUS, NumberFormat
from bpstudio.explain.reason import Reason
from bpstudio.explain.text_style import to_code, to_text
from bpstudio.model.address import Address, Quantity
from bpstudio.session.origins import Change, Updates

Q = Quantity


def story_reasons(updates: Updates, names: Notation) -> tuple[Reason, ...]:
    """The initial value, then the changes in the order of ``updates``, then what all others add up to.

    A change opens into its gradient in a :class:`~bpstudio.explain.why.WhyTree`. Shares are of all changes' magnitudes.
    """
    address = updates.address
    start = Reason("initial", _symbol(names, address), updates.initial, "initial value", address)
    found = [start, *(_change_reason(change, updates, names) for change in updates.largest)]
    left = updates.count - sum(not change.is_edit for change in updates.largest)
    if left:
        words = "smaller changes, together"
        share = _share(updates.rest, updates.magnitude)
        found.append(Reason("others", f"… {left:,} more", updates.rest, words, share=share))
    return tuple(found)


def story_headline(updates: Updates, names: Notation, numbers: NumberFormat) -> str:
    """``Θ⁽¹⁾₁₂: 0.3637 at the start + 0.0196 in 1,000 changes = 0.3833``."""
    symbol = _symbol(names, updates.address)
    initial, total, present = map(numbers.format, (updates.initial, updates.total, updates.present))
    if not updates.count:
        return f"{symbol} = {present}, its initial value: nothing has changed it yet"
    changes = "1 change" if updates.count == 1 else f"{updates.count:,} changes"
    sign = MINUS if total.startswith(MINUS) else "+"
    return f"{symbol}: {initial} at the start {sign} {total.removeprefix(MINUS)} in {changes} = {present}"


def story_note(updates: Updates, numbers: NumberFormat) -> str:
    """How exactly it adds up."""
    if not updates.count:
        return ""
    if not math.isfinite(updates.present):
        return "one of the changes is not finite, and everything after it"
    agreed = "the present value to the bit" if updates.replayed == updates.present else "not the present value"
    lost = numbers.significant(2).format(updates.rounding) if updates.rounding else "nothing"
    return f"added one after the other they give {agreed}; rounding has added {lost}"


def _change_reason(change: Change, updates: Updates, names: Notation) -> Reason:
    share = _share(change.change, updates.magnitude)
    if change.is_edit:
        words = f"changed by hand before iteration {change.iteration:,}"
        return Reason(
            f"edit {change.iteration}", "edit", change.change, words, position=change.position, share=share
        )  # fmt: skip
    step = Q.WEIGHT_STEP if updates.address.quantity is Q.WEIGHT else Q.BIAS_STEP
    address = Address(step, updates.address.layer, updates.address.indices)
    return Reason(
        f"update {change.iteration}", f"{_symbol(names, address)} in {change.iteration:,}", change.change,
        _change_words(change, names), address,
        None, change.iteration, change.position, share,
    )  # fmt: skip


def _change_words(change: Change, names: Notation) -> str:
    """``iteration 12, most of it from sample 3 (71 %), row 40 of the data``."""
    words = f"iteration {change.iteration:,}"
    if change.sample is None or change.row is None:
        return words
    if abs(change.sample_share) >= ALL:
        return f"{words}, from row {names.print_index(change.row)} of the data"
    share = f"{abs(change.sample_share):.0%}".replace("%", " %")
    return f"{words}, most from row {names.print_index(change.row)} of the data ({share} of the gradient)"


ALL = 0.9995
"""A share that is shown as the whole."""


def _share(value: float, magnitude: float) -> float:
    if not math.isfinite(magnitude):
        return 0.0 if math.isfinite(value) else 1.0 if math.isnan(value) else math.copysign(1.0, value)
    return value / magnitude if magnitude else 0.0


def _symbol(names: Notation, address: Address) -> str:
    written = names.expression(address)
    return to_code(written) if names.is_code else to_text(written)
