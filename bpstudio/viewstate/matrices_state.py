"""What the matrices panel shows: the arrays of a layer, which cells are read and written, and all shapes of the network.

Numbers are copied once for each iteration and only where operations have written them; within an iteration a step changes
counts and marks alone.
"""

from dataclasses import field

from bpstudio.explain.evaluation import evaluate
from bpstudio.explain.labels import layer_label
from bpstudio.explain.matrix_names import array_name, array_role, nesting, shape_text, target_name
from bpstudio.explain.notation import notation
from bpstudio.explain.notation_rules import Notation
from bpstudio.explain.number_format import NumberFormat
from bpstudio.model.address import Address
from bpstudio.program.operation import Operation, Pass
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import executed_operation
from bpstudio.viewstate.matrix_cells import Axis, CellLayout, Lead, MatrixState, Numbers
from bpstudio.viewstate.matrix_layout import FORWARD, Chapter, chapters_of, layout_of
from bpstudio.viewstate.matrix_marks import TARGETS, Place, Work, marks_in, place_of, work_of
from bpstudio.viewstate.matrix_numbers import Snapshot, done_biases, done_entries
from bpstudio.viewstate.matrix_product import ProductState, product_of
from bpstudio.viewstate.matrix_shapes import ShapeRow, shape_rows
from bpstudio.viewstate.selection import Selection, ViewOptions

MOST_PAGES = 64
DEEPEST_NESTING = 5
"""Deeper networks are not written as functions inside each other: nobody reads that."""
READ_FORWARD = 2
"""The first arrays of the forward pass are the factors of its product."""


@dataclass(frozen=True, slots=True)
class SectionState:
    """A part of the layer's work: its title, its formula, and its arrays."""

    title: str
    formula: str
    matrices: tuple[MatrixState, ...]


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """A layer that can be chosen."""

    layer: int
    text: str


@dataclass(frozen=True, slots=True)
class NestPart:
    """A piece of the forward pass written as nested functions; ``is_active`` for the layer of the page."""

    text: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class _Frame:
    """What of a matrix stays from step to step."""

    key: str
    name: str
    shape: str
    role: str
    layout: CellLayout


_Sections = tuple[tuple[Chapter, tuple[_Frame, ...]], ...]


class Pages:
    """Names, shapes and layouts of a run in one notation; made when first asked for, handed from state to state."""

    def __init__(self, names: Notation) -> None:
        self.names = names
        self.shapes = shape_rows(names)
        self.nesting = nesting(names) if names.spec.network.depth <= DEEPEST_NESTING else ()
        layers = range(1, names.spec.network.depth + 1)
        self.choices = tuple(LayerChoice(layer, layer_label(layer, names)) for layer in layers)
        self._chapters: dict[tuple[int, bool], tuple[Chapter, ...]] = {}
        self._pages: dict[tuple[int, bool, int, int], _Sections] = {}

    def page(self, session: Session, layer: int, sample: int) -> _Sections:
        """The sections of a layer's page, without numbers."""
        batch, is_unfolded = session.progress.layout.batch, session.program.is_unfolded
        key = (layer, is_unfolded, sample, batch)
        if key not in self._pages:
            if len(self._pages) >= MOST_PAGES:
                self._pages.clear()
            chapters = self._chapters_of(session, layer)
            self._pages[key] = tuple((c, self._frames(c, sample, batch)) for c in chapters)
        return self._pages[key]

    def _chapters_of(self, session: Session, layer: int) -> tuple[Chapter, ...]:
        key = (layer, session.program.is_unfolded)
        if key not in self._chapters:
            self._chapters[key] = chapters_of(self.names, *key, session.engine.slots)
        return self._chapters[key]

    def _frames(self, chapter: Chapter, sample: int, batch: int) -> tuple[_Frame, ...]:
        is_forward = chapter.title == FORWARD
        return tuple(
            self._frame(address, is_forward and number < READ_FORWARD, sample, batch)
            for number, address in enumerate(chapter.arrays)
        )

    def _frame(self, address: Address, is_read: bool, sample: int, batch: int) -> _Frame:
        layout = layout_of(self.names, address, sample, batch, is_read)
        if address == TARGETS:
            return _Frame("y", target_name(self.names), _shape(layout), "targets", layout)
        role = array_role(self.names, address)
        if layout.sample is not None and batch > 1:
            role += f", {self.names.sample_name(layout.sample)}"
        return _Frame(str(address), array_name(self.names, address, layout.sample), _shape(layout), role, layout)


@dataclass(frozen=True, slots=True)
class MatricesState:
    """Everything the panel shows. ``chosen`` is the layer asked for, None while it follows the operation.

    ``snapshot`` holds the copied numbers, for the next state to go on from; it takes no part in comparison.
    """

    layer: int
    chosen: int | None
    choices: tuple[LayerChoice, ...]
    sections: tuple[SectionState, ...]
    product: ProductState | None
    accent: Pass | None
    numbers: NumberFormat
    shapes: tuple[ShapeRow, ...]
    is_code: bool
    snapshot: Snapshot = field(compare=False, repr=False)
    pages: Pages = field(compare=False, repr=False)
    nesting: tuple[NestPart, ...] = ()

    @property
    def matrices(self) -> tuple[MatrixState, ...]:
        """All arrays of the page, in order; one may be in several sections."""
        return tuple(matrix for section in self.sections for matrix in section.matrices)

    @property
    def names(self) -> Notation:
        """The notation that everything is named in."""
        return self.pages.names

    @property
    def written(self) -> str | None:
        """The key of the first array that the operation has written to."""
        return next((matrix.key for matrix in self.matrices if matrix.marks.written is not None), None)


def build_matrices_state(
    session: Session,
    selection: Selection,
    options: ViewOptions,
    layer: int | None = None,
    previous: MatricesState | None = None,
) -> MatricesState:
    """The arrays of ``layer``, or of the layer at work if it is None.

    ``previous``, the state shown before, only saves copies: the result is the same without it.
    """
    return _Builder(session, selection, options, previous).build(layer)


class _Builder:
    def __init__(
        self, session: Session, selection: Selection, options: ViewOptions, previous: MatricesState | None
    ) -> None:
        self.session = session
        self.options = options
        self.tape = session.tape
        self.pages = _pages(session, options, previous)
        self.names = self.pages.names
        kept = None if previous is None else previous.snapshot
        self.snapshot = kept if kept is not None and kept.is_of(session) else Snapshot(session)
        self.executed: Operation | None = executed_operation(session)
        own = None if self.executed is None else self.executed.sample
        self.sample = session.progress.sample if own is None else own
        self.evaluation = None if self.executed is None else evaluate(self.executed, self.tape, session.program)
        self.work = self._work()
        chosen = selection.sample
        self.selected = self._chosen(selection.selected, self.sample if chosen is None else chosen)
        self.hovered = self._chosen(selection.hovered, self.sample)

    def _work(self) -> Work:
        if self.executed is None or self.evaluation is None:
            return Work()
        return work_of(self.executed, self.evaluation, self.session.spec)

    @staticmethod
    def _chosen(address: Address | None, sample: int) -> Place | None:
        return None if address is None or not address.indices else place_of(address, sample)

    def build(self, chosen: int | None) -> MatricesState:
        layer = self._layer_at_work() if chosen is None else chosen
        page = self.pages.page(self.session, layer, self.sample)
        sections = tuple(
            SectionState(chapter.title, chapter.formula, tuple(map(self._matrix, frames))) for chapter, frames in page
        )
        return MatricesState(
            layer,
            chosen,
            self.pages.choices,
            sections,
            self._product(sections),
            None if self.executed is None else self.executed.pass_,
            self.options.numbers,
            self.pages.shapes,
            self.names.is_code,
            self.snapshot,
            self.pages,
            tuple(NestPart(text, of == layer) for text, of in self.pages.nesting),
        )

    def _layer_at_work(self) -> int:
        operation = self.session.operation if self.executed is None else self.executed
        return operation.layer or self.session.spec.network.depth

    def _product(self, sections: tuple[SectionState, ...]) -> ProductState | None:
        if self.executed is None or self.evaluation is None:
            return None
        numbers = self.options.numbers
        shown = tuple(matrix for section in sections for matrix in section.matrices)
        return product_of(self.executed, self.evaluation, self.tape, self.names, numbers, shown)

    def _matrix(self, frame: _Frame) -> MatrixState:
        layout = frame.layout
        done, lead_done = self._done(layout)
        numbers = self.snapshot.numbers(self.session, layout) if done or lead_done else None
        is_complete = done >= layout.entries and (layout.lead is not Lead.BIAS_COLUMN or lead_done >= layout.shape[0])
        before = None
        if layout.address is not None and layout.address.quantity.is_parameter and not is_complete:
            before = self.snapshot.numbers(self.session, layout, is_old=True)
        marks = marks_in(layout, self.work, self.selected, self.hovered)
        return MatrixState(
            frame.key, frame.name, frame.shape, frame.role, layout, numbers, before, done, lead_done, marks
        )

    def _done(self, layout: CellLayout) -> tuple[int, int]:
        progress = self.session.progress
        done = done_entries(progress, layout)
        if layout.lead is not Lead.BIAS_COLUMN or layout.lead_address is None:
            return done, 0
        return done, done_biases(progress, layout.lead_address, layout.sample)


def _pages(session: Session, options: ViewOptions, previous: MatricesState | None) -> Pages:
    if previous is not None:
        names = previous.pages.names
        if names.spec is session.spec and names.name is options.notation:
            return previous.pages
    return Pages(notation(options.notation, session.spec))


def _shape(layout: CellLayout) -> str:
    """As shown; a vector in code has one axis."""
    is_line = layout.row_axis is Axis.ONE and layout.first_row == 0
    return shape_text(layout.shape[1:] if is_line else layout.shape)


__all__ = ["LayerChoice", "MatricesState", "MatrixState", "Numbers", "SectionState", "build_matrices_state"]
