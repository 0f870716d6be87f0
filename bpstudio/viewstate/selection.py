"""What the user has chosen to look at, and how: frozen, and part of what a view state is made from."""

from enum import StrEnum

from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberFormat, NumberStyle
from bpstudio.model.address import Address
from bpstudio.model.spec import NotationName
from bpstudio.program.levels import Level
from bpstudio.records import dataclass


class EdgeMode(StrEnum):
    """What an edge shows: weight, product, gradient, change, or its weight less that of another branch."""

    WEIGHT = "weight"
    FLOW = "flow"
    GRADIENT = "gradient"
    UPDATE = "update"
    DIFFERENCE = "difference"


class UnitMode(StrEnum):
    """What a unit shows as its number."""

    ACTIVATION = "activation"
    PRE_ACTIVATION = "pre_activation"


class ThemeName(StrEnum):
    """The looks; SYSTEM follows the desktop."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high_contrast"


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected and hovered: a unit (`a[l][j]`), an edge (`w[l][j,i]`), a bias (`b[l][j]`), or nothing.

    ``sample`` is whose number of a unit is selected, within the batch; None is the sample at work.
    ``lit`` are those that an answer to why speaks of.
    """

    selected: Address | None = None
    hovered: Address | None = None
    lit: frozenset[Address] = frozenset()
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """How things are shown; none of it changes a number."""

    notation: NotationName = NotationName.THETA
    level: Level = Level.UNIT
    edge_mode: EdgeMode = EdgeMode.WEIGHT
    unit_mode: UnitMode = UnitMode.ACTIVATION
    digits: int = 4
    is_playing: bool = False
    compared: int | None = None
    number_style: NumberStyle = NumberStyle.AUTO
    decimal_comma: bool = False
    is_focused: bool = False
    depth: Depth = Depth.PLAIN

    @property
    def numbers(self) -> NumberFormat:
        """How numbers are written."""
        return NumberFormat(self.digits, self.number_style, self.decimal_comma)

    @property
    def short_numbers(self) -> NumberFormat:
        """Two significant digits, where there is little room."""
        return self.numbers.significant(2)
