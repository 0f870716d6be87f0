r"""The network at a moment as TikZ: a LaTeX document that compiles by itself, whose ``tikzpicture`` can be taken into another.

Everything looks as its style says (``unit``, ``positive``, ``delta`` …), so that a paper can change it in one place. It needs the
packages tikz and amsmath and nothing else. A dark theme has its ground behind the picture; a light
one is left on the white of the paper.
"""

import math
from collections.abc import Iterator

from bpstudio.explain.expression import Expression, Glyphs, Number, Symbol
from bpstudio.explain.formula_writer import Formula
from bpstudio.explain.formulas import formula
from bpstudio.explain.labels import repeats_symbol
from bpstudio.explain.latex_style import to_latex
from bpstudio.explain.notation import notation
from bpstudio.explain.text_style import to_code
from bpstudio.export.latex_text import latex_comment, latex_text, lost_comment
from bpstudio.export.presets import PAPER, Look
from bpstudio.model.address import Address, Quantity
from bpstudio.program.operation import Pass
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import Mark, activity_at, executed_operation
from bpstudio.viewstate.canvas_state import nice_ceiling
from bpstudio.viewstate.selection import UnitMode, ViewOptions
from bpstudio.viewstate.status_state import caption

Q = Quantity
MOST_UNITS = 8
"""Most units of a layer that are drawn; of larger layers the ends and the units at work."""
MOST_LABELLED = 24
"""Up to so many edges each carries its number; of more only those at work."""
COLUMN, ROW = 3.6, 1.85
"""Centimetres from layer to layer, at least, and from unit to unit."""
FLATTEST = 0.62
"""A picture is at least this share as wide as it is high: many edges that cross need length."""
THINNEST, WIDEST = 0.3, 2.6
"""Points."""
BIAS_ROOM = 0.4
"""Centimetres that units move apart where each has its bias below it."""
TARGET_ROOM, LETTER = 2.2, 0.135
"""Centimetres between targets and loss, at least, and for each character of the longest target or name."""
WIDEST_TEXT, LONGEST_TEXT = 7, 11
SMALLER, SMALLEST = {0: "", 1: r"\fontsize{6}{9}\selectfont"}, r"\fontsize{4.5}{9}\selectfont"
"""Numbers in units that are longer than that by so many characters are set smaller; the longest have two digits there."""
LABEL = 0.4
"""Centimetres by which columns move apart for each character that a number of an edge is longer than six."""
MARGIN = GROUND = 4
"""Points around the picture: of white paper, or of the ground of a dark theme, which is then a part of the picture."""
PAPER_LOOK = Look(PAPER)

_STYLES = r"""  every node/.style={font=\small},
  unit/.style={circle, draw=bpquiet, fill=bpsurface, text=bptext, line width=0.6pt, minimum size=13.5mm, inner sep=0pt,
    align=center, font=\fontsize{7.5}{10.5}\selectfont},
  bias unit/.style={unit, densely dotted, minimum size=10.5mm, font=\fontsize{6.5}{9}\selectfont},
  read/.style={draw=bpaccent, line width=1.2pt},
  written/.style={draw=bpaccent, line width=2.2pt},
  edge/.style={draw=bpfaded},
  positive/.style={draw=bppositive},
  negative/.style={draw=bpnegative, dash pattern=on 4pt off 2pt},
  at work/.style={draw=bpaccent!35!bpbackground, line width=5pt},
  weight/.style={fill=bpbackground, text=bptext, inner sep=1pt, font=\fontsize{6.5}{7.5}\selectfont},
  delta/.style={draw=bpbackward, fill=bpbackward!12!bpsurface, text=bptext, rounded corners=2mm, inner xsep=4pt,
    inner ysep=2pt, minimum height=4.3mm, font=\scriptsize},
  new delta/.style={delta, fill=bpbackward, text=bponaccent},
  running/.style={draw=bpaccent, fill=bpsurface, text=bptext, rounded corners=2mm, inner xsep=4pt,
    inner ysep=2pt, minimum height=4.3mm, font=\scriptsize},
  loss/.style={draw=bpquiet, fill=bpsurface, text=bptext, rounded corners=2pt, align=center, inner sep=4pt,
    font=\scriptsize},
  caption/.style={text=bptext, align=center, font=\small\bfseries},
  note/.style={text=bpquiet, align=center, font=\scriptsize},
  bias/.style={note, fill=bpbackground, anchor=north, inner sep=1pt},
  formula/.style={text=bptext, anchor=north west, align=left}"""

_GROUND = (
    rf"""  background rectangle/.style={{fill=bpbackground}}, show background rectangle, inner frame sep={GROUND}pt"""
)


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    x: float
    y: float


def tikz_document(session: Session, view: ViewOptions, look: Look = PAPER_LOOK) -> str:
    """The network at the session's position as a document for pdfLaTeX, one page as large as the picture."""
    is_filled = look.theme.is_dark and not look.is_transparent
    picture = _Picture(session, view, look)
    lines = tuple(picture.lines())
    return "\n".join(
        (
            latex_comment(session.spec.title),
            latex_comment(caption(session, view)),
            latex_comment(
                "made by bpstudio; take the tikzpicture with its colours into a document of your own, or compile this one"
            ),
            *lost_comment(*picture.texts),
            r"\documentclass{article}",
            r"\usepackage{amsmath}",
            r"\usepackage{tikz}",
            *([r"\usetikzlibrary{backgrounds}"] if is_filled else []),
            *_colours(look),
            r"\newsavebox{\network}",
            r"\begin{document}",
            r"\begin{lrbox}{\network}%",
            *lines,
            r"\end{lrbox}",
            *_one_page(MARGIN - (GROUND if is_filled else 0)),
            r"\end{document}",
            "",
        )
    )


def _one_page(margin: int) -> tuple[str, ...]:
    """A page as large as the picture and a margin in points."""
    return (
        r"\hoffset=-1in \voffset=-1in",
        rf"\pdfpagewidth=\dimexpr\wd\network+{2 * margin}pt\relax",
        rf"\pdfpageheight=\dimexpr\ht\network+\dp\network+{2 * margin}pt\relax",
        rf"\shipout\vbox{{\kern{margin}pt\hbox{{\kern{margin}pt\usebox{{\network}}}}}}",
    )


def _colours(look: Look) -> Iterator[str]:
    theme = look.theme
    for name in ("background", "surface", "text", "quiet", "faded", "positive", "negative", "forward", "backward"):
        yield rf"\definecolor{{bp{name}}}{{HTML}}{{{str(getattr(theme, name)).lstrip('#')}}}"
    yield rf"\definecolor{{bponaccent}}{{HTML}}{{{theme.on_accent.lstrip('#')}}}"
    yield rf"\definecolor{{bpnotfinite}}{{HTML}}{{{theme.not_finite.lstrip('#')}}}"


class _Picture:
    def __init__(self, session: Session, view: ViewOptions, look: Look) -> None:
        self.session = session
        self.view = view
        self.look = look
        self.names = notation(view.notation, session.spec)
        self.numbers = view.numbers
        self.sample = session.progress.sample
        self.activity = activity_at(session)
        self.executed = executed_operation(session)
        self.sizes = session.spec.network.sizes
        self.has_bias_units = view.notation.value == "theta"
        self.shown = [self._shown(layer) for layer in range(len(self.sizes))]
        has_biases = not self.has_bias_units and any(self._has_bias(layer) for layer in range(1, len(self.sizes)))
        self.bias_room = BIAS_ROOM if has_biases else 0.0
        self.row = ROW + self.bias_room
        self.texts: list[str] = []
        """Names that were set as text."""
        height = self.row * max(len(units) for units in self.shown)
        longest = max(len(self.numbers.format(value)) for value in self._some_weights())
        self.column = max(COLUMN + LABEL * max(0, longest - 6), FLATTEST * height / (len(self.sizes) - 1))
        self.places: dict[tuple[int, int], _Place] = {}
        self.gaps: list[tuple[float, float, int]] = []
        for layer in range(len(self.sizes)):
            self._place(layer)

    def lines(self) -> Iterator[str]:
        """The picture from the back to the front."""
        accent = "bpbackward" if self.activity.pass_ in (Pass.BACKWARD, Pass.REDUCE, Pass.UPDATE) else "bpforward"
        yield rf"\colorlet{{bpaccent}}{{{accent}}}%"
        yield r"\begin{tikzpicture}["
        yield _STYLES + (f",\n{_GROUND}]" if self.look.theme.is_dark and not self.look.is_transparent else "]")
        yield from self._nodes()
        yield from self._edges()
        yield from self._biases()
        yield from self._deltas()
        yield from self._captions()
        yield from self._loss()
        yield from self._formula()
        yield r"\end{tikzpicture}%"

    # Places.

    def _shown(self, layer: int) -> tuple[int, ...]:
        size = self.sizes[layer]
        if size <= MOST_UNITS:
            return tuple(range(size))
        ends = MOST_UNITS // 2 - 1
        at_work = self.activity.units_at_work(layer) | self._ends_at_work(layer)
        return tuple(sorted({*range(ends), *range(size - ends, size), *at_work}))

    def _ends_at_work(self, layer: int) -> set[int]:
        """The units of a layer at the ends of the edges at work."""
        edges = [edge for edge, mark in self.activity.edges.items() if mark >= Mark.READ]
        above = {unit for at, unit, _ in edges if at == layer}
        return above | {source for at, _, source in edges if at == layer + 1 and source >= 0}

    def _has_bias(self, layer: int) -> bool:
        return layer < len(self.sizes) and self.session.spec.network.layer(layer).bias.present

    def _place(self, layer: int) -> None:
        """Units below each other around the middle, a gap where units are left out, the bias unit last."""
        rows: list[int | None] = []
        for unit in self.shown[layer]:
            if rows and unit > (rows[-1] or 0) + 1 and None not in rows:
                rows.append(None)
            rows.append(unit)
        if self.has_bias_units and self._has_bias(layer + 1):
            rows.append(-1)
        x = layer * self.column
        for index, row in enumerate(rows):
            y = ((len(rows) - 1) / 2 - index) * self.row
            if row is None:
                self.gaps.append((x, y, self.sizes[layer] - len(self.shown[layer])))
            else:
                name = f"bias-{layer}" if row < 0 else f"unit-{layer}-{row}"
                self.places[(layer, row)] = _Place(name, x, y)

    @property
    def _top(self) -> float:
        return max(place.y for place in self.places.values())

    @property
    def _bottom(self) -> float:
        return min(place.y for place in self.places.values())

    # Numbers and symbols.

    def _some_weights(self) -> list[float]:
        """The weights of the first unit shown of each layer: their numbers are as long as any."""
        first = [self._value(self._weight(layer, self.shown[layer][0], 0)) for layer in range(1, len(self.sizes))]
        return [value for value in first if value is not None] or [0.0]

    def _value(self, address: Address) -> float | None:
        return self.session.value(address, self.sample if address.quantity.is_per_sample else None)

    def _number(self, value: float) -> str:
        return f"${to_latex(Number(value), self.numbers)}$"

    def _fitting(self, value: float) -> str:
        """A number that stays inside its unit: set smaller, and of many digits the first two."""
        length = len(self.numbers.format(value))
        if length > LONGEST_TEXT:
            return f"${to_latex(Number(value), self.view.short_numbers)}$"
        size = SMALLER.get(max(0, length - WIDEST_TEXT), SMALLEST)
        return rf"{{{size}{self._number(value)}}}" if size else self._number(value)

    def _text(self, text: str) -> str:
        """A name in text."""
        self.texts.append(text)
        return latex_text(text)

    def _symbol(self, glyphs: Glyphs) -> str:
        if self.names.is_code:
            return rf"\texttt{{{latex_text(glyphs.stem)}}}"
        return f"${to_latex(Symbol(glyphs))}$"

    def _math(self, expression: Expression) -> str:
        if self.names.is_code:
            return rf"\texttt{{{latex_text(to_code(expression, self.numbers))}}}"
        return rf"$\displaystyle {to_latex(expression, self.numbers)}$"

    # Parts.

    def _nodes(self) -> Iterator[str]:
        for (layer, unit), place in self.places.items():
            at = rf"({place.name}) at ({place.x:.2f},{place.y:.2f})"
            if unit < 0:
                symbol = self._symbol(Glyphs("a", f"({layer + 1})", "0"))
                yield rf"  \node[bias unit] {at} {{{symbol}\\$1$}};"
                continue
            shows_z = self.view.unit_mode is UnitMode.PRE_ACTIVATION and layer > 0
            address = Address(Q.PRE_ACTIVATION if shows_z else Q.ACTIVATION, layer, (unit,))
            value = self._value(address)
            words = self._symbol(self.names.symbol(address, self.sample))
            if value is not None:
                words += rf"\\{self._fitting(value)}"
            mark = self.activity.unit_mark(layer, unit)
            style = "unit" + (", written" if mark is Mark.WRITTEN else ", read" if mark is Mark.READ else "")
            if value is not None and math.isfinite(value):
                sign = "bpnegative" if value < 0.0 else "bppositive"
                style += f", fill={sign}!{round(22 * min(1.0, abs(value)))}!bpsurface"
            elif value is not None:
                style += ", fill=bpnotfinite!30!bpsurface, draw=bpnotfinite"
            yield rf"  \node[{style}] {at} {{{words}}};"
        for x, y, hidden in self.gaps:
            yield rf"  \node[note] at ({x:.2f},{y:.2f}) {{$\vdots$\\{hidden} more}};"

    def _edges(self) -> Iterator[str]:
        edges = [
            (layer, unit, source)
            for layer in range(1, len(self.sizes))
            for unit in self.shown[layer]
            for source in (*self.shown[layer - 1], -1)
            if (layer - 1, source) in self.places
        ]
        values = {edge: self._value(self._weight(*edge)) for edge in edges}
        largest = max((abs(v) for v in values.values() if v is not None and math.isfinite(v)), default=0.0)
        self.scale = nice_ceiling(largest)
        for edge in sorted(edges, key=lambda each: self.activity.edge_mark(*each)):
            yield from self._edge(edge, values[edge], len(edges) <= MOST_LABELLED)

    def _weight(self, layer: int, unit: int, source: int) -> Address:
        return Address(Q.BIAS, layer, (unit,)) if source < 0 else Address(Q.WEIGHT, layer, (unit, source))

    def _edge(self, edge: tuple[int, int, int], value: float | None, is_labelled: bool) -> Iterator[str]:
        layer, unit, source = edge
        start, end = self.places[(layer - 1, source)].name, self.places[(layer, unit)].name
        mark = self.activity.edge_mark(*edge)
        if mark >= Mark.READ:
            yield rf"  \draw[at work] ({start}) -- ({end});"
        style = "edge"
        if value is not None:
            share = min(1.0, abs(value) / self.scale) if math.isfinite(value) else 1.0
            fade = round(100 * (0.55 + 0.45 * share)) if mark is Mark.NONE else 100
            sign = "negative" if value < 0.0 else "positive"
            colour = "bpnotfinite" if not math.isfinite(value) else f"bp{sign}!{fade}!bpbackground"
            style = f"{sign}, draw={colour}, line width={THINNEST + (WIDEST - THINNEST) * share:.2f}pt"
        label = ""
        if value is not None and (is_labelled or mark >= Mark.READ):
            share = 0.24 if unit % 2 == 0 else 0.4
            label = rf" node[weight, pos={share}] {{{self._number(value)}}}"
        if mark >= Mark.READ:
            is_back = self.activity.pass_ is Pass.BACKWARD
            style = ("{latex}-" if is_back else "-{latex}").replace("{latex}", "latex") + f", {style}"
        yield rf"  \draw[{style}] ({start}) --{label} ({end});"

    def _biases(self) -> Iterator[str]:
        """Below the units, where no unit stands for the biases; what is being read or written in the colour of the pass."""
        for (layer, unit), place in self.places.items():
            if self.has_bias_units or layer == 0 or not self._has_bias(layer):
                continue
            value = self._value(Address(Q.BIAS, layer, (unit,)))
            if value is not None:
                sign, size = ("-" if str(value)[0] == "-" else "+"), to_latex(Number(abs(value)), self.numbers)
                style = "bias, text=bpaccent" if self.activity.edge_mark(layer, unit, -1) >= Mark.READ else "bias"
                yield rf"  \node[{style}] at ([yshift=-0.4mm]{place.name}.south) {{${sign}\,{size}$}};"

    def _deltas(self) -> Iterator[str]:
        """Above the units: each δ that exists, and the sum being added up, where the δ will be."""
        for (layer, unit), place in self.places.items():
            evaluation = self.activity.evaluation
            if evaluation is not None and unit >= 0 and self.activity.running_text(layer, unit, self.numbers):
                words = rf"$\Sigma$ {self._number(evaluation.result)}"
                yield rf"  \node[running, anchor=south] at ([yshift=0.3mm]{place.name}.north) {{{words}}};"
                continue
            value = self._value(Address(Q.DELTA, layer, (unit,))) if layer > 0 and unit >= 0 else None
            if value is None:
                continue
            symbol = self._symbol(self.names.symbol(Address(Q.DELTA, layer, (unit,)), self.sample))
            is_new = self.activity.unit_mark(layer, unit) is Mark.WRITTEN and self.activity.pass_ is Pass.BACKWARD
            style = "new delta" if is_new else "delta"
            yield (
                rf"  \node[{style}, anchor=south] at ([yshift=0.3mm]{place.name}.north) "
                rf"{{{symbol} $=$ {self._number(value)}}};"
            )

    def _captions(self) -> Iterator[str]:
        y = self._top + 1.95
        for layer, size in enumerate(self.sizes):
            kind = "input" if layer == 0 else self.session.spec.network.layer(layer).activation.value.replace("_", " ")
            title = self._text(self.names.layer_name(layer))
            yield rf"  \node[caption] at ({layer * self.column:.2f},{y:.2f}) {{{title}}};"
            words = f"{size} {'unit' if size == 1 else 'units'}, {kind}"
            yield rf"  \node[note] at ({layer * self.column:.2f},{y - 0.42:.2f}) {{{words}}};"
        names = self.session.spec.dataset.input_names
        if len(names) == self.sizes[0]:
            for unit in self.shown[0]:
                place = self.places[(0, unit)]
                yield rf"  \node[note, anchor=east] at ([xshift=-1mm]{place.name}.west) {{{self._text(names[unit])}}};"

    def _loss(self) -> Iterator[str]:
        last = len(self.sizes) - 1
        x = last * self.column + 1.0
        room = TARGET_ROOM
        for unit, lines in self._targets(last):
            room = max(room, 0.7 + LETTER * max(length for _, length in lines))
            words = r"\\".join(line for line, _ in lines)
            at = f"({x:.2f},{self.places[(last, unit)].y:.2f})"
            yield rf"  \node[note, align=left, anchor=west] (target-{unit}) at {at} {{{words}}};"
        whole, own = self._value(Address(Q.LOSS)), self._value(Address(Q.SAMPLE_LOSS))
        value, quantity = (whole, Q.LOSS) if whole is not None else (own, Q.SAMPLE_LOSS)
        words = self._symbol(self.names.symbol(Address(quantity), self.sample))
        if value is not None:
            words += rf"\\{self._number(value)}"
        style = "loss, anchor=west" + (", written" if self.activity.is_loss_written else "")
        middle = (self.places[(last, self.shown[last][0])].y + self.places[(last, self.shown[last][-1])].y) / 2
        yield rf"  \node[{style}] (loss) at ({x + room:.2f},{middle:.2f}) {{{words}}};"
        for unit in self.shown[last]:
            yield rf"  \draw[bpfaded] (target-{unit}) -- (loss);"

    def _targets(self, last: int) -> Iterator[tuple[int, list[tuple[str, int]]]]:
        """The lines at each target, with their lengths: its number, and its name where it says more than the symbol."""
        targets = self.session.tape.targets[:, self.sample]
        names = self.session.spec.dataset.target_names
        is_named = len(names) == self.sizes[last] and not all(repeats_symbol(name, "y") for name in names)
        for unit in self.shown[last]:
            glyphs, value = self.names.target(unit, self.sample), float(targets[unit])
            length = len(glyphs.stem + glyphs.subscript + self.numbers.format(value)) + 2
            lines = [(f"{self._symbol(glyphs)} $=$ {self._number(value)}", length)]
            if is_named:
                lines.append((self._text(names[unit]), len(names[unit])))
            yield unit, lines

    def _formula(self) -> Iterator[str]:
        """What line and width mean, and the operation just executed, below the picture."""
        y = self._bottom - 1.25 - self.bias_room
        full = to_latex(Number(self.scale), self.numbers)
        words = rf"solid: positive \quad dashed: negative \quad width: weight, full at $\pm {full}$"
        left = min(place.x for place in self.places.values()) - 0.62
        yield rf"  \node[note, anchor=west] at ({left:.2f},{y:.2f}) {{{words}}};"
        if self.executed is None or self.activity.evaluation is None:
            return
        found = formula(self.activity.evaluation, self.session.tape, self.names)
        words = r"\\[1.5ex]".join(self._equations(found))
        yield rf"  \node[formula] at ({left:.2f},{y - 0.35:.2f}) {{{words}}};"

    def _equations(self, found: Formula) -> Iterator[str]:
        yield self._math(found.symbols)
        if not (isinstance(found.symbols.right, Number) and isinstance(found.equation, Number)):
            yield self._math(found.equation)
