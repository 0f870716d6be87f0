"""Quantity and Address: the one way to name a number of a run (`delta[2][0]`)."""

import re
from enum import Enum

from bpstudio.errors import AddressError
from bpstudio.records import dataclass


class Quantity(Enum):
    """What kind of number it is; the value is how an address spells it (contract, section 1)."""

    ACTIVATION = "a"
    PRE_ACTIVATION = "z"
    SLOPE = "slope"
    ERROR = "e"
    DELTA = "delta"
    WEIGHT = "w"
    BIAS = "b"
    WEIGHT_GRADIENT = "dw"
    BIAS_GRADIENT = "db"
    SAMPLE_WEIGHT_GRADIENT = "sample_dw"
    SAMPLE_BIAS_GRADIENT = "sample_db"
    WEIGHT_STEP = "step_w"
    BIAS_STEP = "step_b"
    WEIGHT_STATE = "state.w"
    BIAS_STATE = "state.b"
    SAMPLE_LOSS = "sample_loss"
    LOSS = "loss"
    DATA_LOSS = "data_loss"
    PENALTY = "penalty"

    @property
    def is_scalar(self) -> bool:
        """Whether it has neither layer nor index (the losses)."""
        return self in _SCALARS

    @property
    def is_per_sample(self) -> bool:
        """Whether each sample of the batch has its own."""
        return self in _PER_SAMPLE

    @property
    def is_weight_shaped(self) -> bool:
        """Whether its entries are `[l][j,i]`, shape (n_l, n_{l-1})."""
        return self in _WEIGHT_SHAPED

    @property
    def is_parameter(self) -> bool:
        """Whether it lives from one iteration to the next (weights, biases, optimizer state)."""
        return self in _PARAMETERS


_SCALARS = {Quantity.SAMPLE_LOSS, Quantity.LOSS, Quantity.DATA_LOSS, Quantity.PENALTY}
_PER_SAMPLE = {
    Quantity.ACTIVATION,
    Quantity.PRE_ACTIVATION,
    Quantity.SLOPE,
    Quantity.ERROR,
    Quantity.DELTA,
    Quantity.SAMPLE_WEIGHT_GRADIENT,
    Quantity.SAMPLE_BIAS_GRADIENT,
    Quantity.SAMPLE_LOSS,
}
_WEIGHT_SHAPED = {
    Quantity.WEIGHT,
    Quantity.WEIGHT_GRADIENT,
    Quantity.SAMPLE_WEIGHT_GRADIENT,
    Quantity.WEIGHT_STEP,
    Quantity.WEIGHT_STATE,
}
_PARAMETERS = {Quantity.WEIGHT, Quantity.BIAS, Quantity.WEIGHT_STATE, Quantity.BIAS_STATE}

_ADDRESS = re.compile(
    r"(?P<name>state\.(?P<slot>[a-z]+)\.(?P<kind>[wb])|[a-z_]+)"
    r"(?:\[(?P<layer>[0-9]{1,9})\])?(?:\[(?P<indices>[0-9]{1,9}(?:, ?[0-9]{1,9})?)\])?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """One number of a run, or a whole array when ``indices`` is empty.

    ``layer`` counts from 0 (the input); what belongs to a layer of weights carries the number of the layer it
    leads into. ``indices`` is ``(j,)``, ``(j, i)`` or ``()``. ``slot`` names an optimizer state
    (`velocity`, `mean`, `square`) and is None for everything else.
    """

    quantity: Quantity
    layer: int | None = None
    indices: tuple[int, ...] = ()
    slot: str | None = None

    def __str__(self) -> str:
        """The text of contract section 1, e.g. ``state.mean.w[1][0,2]``."""
        name = self.quantity.value
        if self.slot is not None:
            name = f"state.{self.slot}.{name[-1]}"
        layer = "" if self.layer is None else f"[{self.layer}]"
        indices = "[" + ",".join(map(str, self.indices)) + "]" if self.indices else ""
        return name + layer + indices

    def at(self, *indices: int) -> "Address":
        """The same quantity and layer with these indices."""
        return Address(self.quantity, self.layer, indices, self.slot)


def parse_address(text: str) -> Address:
    """Return the address that ``text`` spells; raises AddressError for anything else.

    Only the form is checked here; whether the run has such a layer and unit is the tape's business.
    """
    match = _ADDRESS.fullmatch(text.strip()) if len(text) <= 100 else None
    if match is None:
        raise AddressError(f"{text[:60]!r} is not an address; expected something like delta[2][0] or w[1][0,1]")
    quantity = _quantity_of(match, text)
    layer = None if match["layer"] is None else int(match["layer"])
    indices = tuple(int(part) for part in match["indices"].split(",")) if match["indices"] else ()
    address = Address(quantity, layer, indices, match["slot"])
    _require_form(address, text)
    return address


def _quantity_of(match: re.Match[str], text: str) -> Quantity:
    name = match["name"] if match["slot"] is None else f"state.{match['kind']}"
    try:
        return Quantity(name)
    except ValueError:
        known = ", ".join(q.value for q in Quantity if not q.value.startswith("state"))
        raise AddressError(f"{text!r}: there is no quantity {name!r}; expected one of {known}") from None


def _require_form(address: Address, text: str) -> None:
    quantity = address.quantity
    if quantity.is_scalar:
        if address.layer is not None:
            raise AddressError(f"{text!r}: {quantity.value} is one number and takes no index")
        return
    if address.layer is None:
        raise AddressError(f"{text!r}: a layer is missing; expected {quantity.value}[layer]")
    allowed = {0, 2} if quantity.is_weight_shaped else {0, 1, 2} if quantity is Quantity.SLOPE else {0, 1}
    if len(address.indices) not in allowed:
        shape = "[j,i]" if quantity.is_weight_shaped else "[j]"
        raise AddressError(f"{text!r}: expected {quantity.value}[layer]{shape}")
