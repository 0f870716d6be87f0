"""Large layers: what is drawn as lines, what as a density, and what is found under the pointer."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from bpstudio.canvas.active_painter import ActivePainter
from bpstudio.canvas.cells import cell_image
from bpstudio.canvas.density import Densities, Density
from bpstudio.canvas.edge_lines import Edges, all_edges, batches, fan_edges, line_ends, strongest_of
from bpstudio.canvas.geometry import Geometry, lay_out
from bpstudio.canvas.pens import LEVELS, edge_pen, signed, widest_for
from bpstudio.canvas.picking import Picker
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import Array
from bpstudio.program.operation import OperationKind, Pass
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import Fan, Mark
from bpstudio.viewstate.canvas_builder import build_canvas_state
from bpstudio.viewstate.canvas_state import CanvasState
from bpstudio.viewstate.edge_values import STRONGEST, Detail, EdgeBand
from bpstudio.viewstate.numbers import numbers
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.theme import LIGHT
from tests.support.specs import run_spec

pytestmark = pytest.mark.usefixtures("qapp")
Q = Quantity


def state_of(sizes: tuple[int, ...], selection: Selection | None = None) -> CanvasState:
    return build_canvas_state(Session(run_spec(sizes, samples=2)), selection or Selection(), ViewOptions())


def laid_out(state: CanvasState) -> Geometry:
    return lay_out(state, QRectF(0.0, 0.0, 1000.0, 700.0))


def band_of(values: Array) -> EdgeBand:
    return EdgeBand(1, numbers(values), False, Detail.DENSITY)


def test_every_edge_is_in_exactly_one_batch() -> None:
    state = state_of((20, 30, 4))
    edges = all_edges(state.bands[0])
    ends = line_ends(edges, laid_out(state))
    found = list(batches(edges, ends, state.edge_scale))
    assert sum(len(batch.ends) for batch in found) == 21 * 30
    assert {tuple(row) for batch in found for row in batch.ends.tolist()} == {tuple(row) for row in ends.tolist()}


def test_lines_of_a_whole_band_are_kept_with_their_places() -> None:
    state = state_of((20, 30, 4))
    places, narrower = laid_out(state), lay_out(state, QRectF(0.0, 0.0, 800.0, 700.0))
    edges = all_edges(state.bands[0])
    again = edges.take(np.arange(len(edges.units)))
    for geometry in (places, narrower):
        kept = line_ends(edges, geometry)
        assert line_ends(all_edges(state.bands[0]), geometry) is kept
        assert np.array_equal(kept, line_ends(again, geometry))
        assert line_ends(all_edges(state.bands[1]), geometry).shape != kept.shape
    assert not np.array_equal(line_ends(edges, places), line_ends(edges, narrower))


def test_batches_go_from_weak_to_strong_and_the_signs_take_turns_in_being_first() -> None:
    shares = np.repeat(np.arange(LEVELS) / (LEVELS - 1), 2)
    values = (shares * np.tile([1.0, -1.0], LEVELS)).reshape(1, -1)
    band = band_of(values)
    found = list(batches(all_edges(band), np.zeros((values.size, 4)), 1.0))
    levels = [batch.level for batch in found]
    assert levels == sorted(levels)
    assert len(found) >= 2 * 24 - 1
    firsts = [found[levels.index(level)].is_negative for level in range(1, LEVELS)]
    assert firsts.count(True) in (15, 16)


def test_what_is_not_finite_and_what_is_not_computed_have_batches_of_their_own() -> None:
    values = np.array([[0.5, np.nan, -np.inf, 0.0]])
    band = EdgeBand(1, numbers(values, np.array([[True, True, True, False]])), False, Detail.WIDE)
    found = list(batches(all_edges(band), np.arange(16.0).reshape(4, 4), 1.0))
    assert [(batch.level, batch.is_finite, len(batch.ends)) for batch in found] == [
        (-1, True, 1),
        (round(0.5 * (LEVELS - 1)), True, 1),
        (LEVELS - 1, False, 2),
    ]


def test_a_negative_edge_is_dashed_and_a_positive_one_is_not() -> None:
    assert edge_pen(20, True, LIGHT, 0.0).dashPattern()
    assert not edge_pen(20, False, LIGHT, 0.0).dashPattern()


def test_lines_get_thinner_where_there_are_many_but_never_vanish() -> None:
    widths = [widest_for(count) for count in (10, 150, 400, 100_000)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == widths[1] > widths[2] > widths[3] > 2.0


def test_the_strongest_are_those_with_the_largest_magnitude() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(50, 60))
    chosen = strongest_of(band_of(values), 40)
    smallest = np.abs(chosen.values).min()
    assert len(chosen.units) == 40
    assert np.count_nonzero(np.abs(values) > smallest) == 39
    again = all_edges(band_of(values)).strongest(40)
    assert set(zip(again.units.tolist(), again.columns.tolist(), strict=True)) == set(
        zip(chosen.units.tolist(), chosen.columns.tolist(), strict=True)
    )


def test_of_what_is_not_computed_nothing_is_strong() -> None:
    band = EdgeBand(1, numbers(np.ones((3, 4)), np.zeros((3, 4), dtype=bool)), False, Detail.DENSITY)
    assert len(strongest_of(band, 10).units) == 0


def test_lines_end_at_the_rims_of_discs() -> None:
    state = state_of((3, 4, 2))
    places = laid_out(state)
    edges = all_edges(state.bands[0])
    for (x1, y1, x2, y2), unit, column in zip(
        line_ends(edges, places).tolist(), edges.units, edges.columns, strict=True
    ):
        source = int(column) if column < 3 else -1
        start, end = places.centre(0, source), places.centre(1, int(unit))
        assert np.hypot(x1 - start.x(), y1 - start.y()) == pytest.approx(places.radius_of(0, source))
        assert np.hypot(x2 - end.x(), y2 - end.y()) == pytest.approx(places.radius)


@pytest.mark.parametrize(("is_outgoing", "expected"), [(False, [(2, 0), (2, 1)]), (True, [(0, 2), (1, 2)])])
def test_a_fan_is_the_edges_into_a_unit_or_those_out_of_it(is_outgoing: bool, expected: list[tuple[int, int]]) -> None:
    band = state_of((3, 4, 2)).bands[0]
    edges = fan_edges(Fan(1, 2, is_outgoing, 2), band)
    assert list(zip(edges.units.tolist(), edges.columns.tolist(), strict=True)) == expected


# Density.


def picture_of(values: Array, sizes: tuple[int, ...] = (100, 60, 2)) -> QImage:
    state = state_of(sizes)
    return Density(band_of(values), laid_out(state), 1.0, LIGHT).image


def colours(image: QImage) -> Array:
    """Red, green and blue, on white."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    data = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.width(), 4)
    share = data[..., 3:].astype(float) / 255.0
    return np.asarray(255.0 * (1.0 - share) + data[..., :3] * share)


def test_a_density_of_one_sign_has_its_hue_only() -> None:
    positive, negative = colours(picture_of(np.full((60, 100), 0.5))), colours(picture_of(np.full((60, 100), -0.5)))
    assert (positive[..., 2] >= positive[..., 0] - 3).mean() > 0.99
    assert (negative[..., 0] >= negative[..., 2] - 3).mean() > 0.99


def test_a_stronger_density_is_darker() -> None:
    means = [colours(picture_of(np.full((60, 100), size))).mean() for size in (0.02, 0.2, 0.9)]
    assert means == sorted(means, reverse=True)
    assert means[0] - means[2] > 20.0


def test_edges_into_the_upper_units_darken_the_upper_part_at_their_end() -> None:
    values = np.zeros((60, 100))
    values[:10] = 1.0
    last = colours(picture_of(values))[:, -1].mean(axis=1)
    middle = len(last) // 2
    assert last[:middle].min() < last[middle:].min() - 20.0


def test_a_density_is_made_once_for_the_same_numbers_and_places() -> None:
    state = state_of((100, 60, 2))
    kept, places = Densities(), laid_out(state)
    first = kept.of(state.bands[0], places, 1.0, LIGHT)
    assert kept.of(state.bands[0], laid_out(state), 1.0, LIGHT) is first
    assert kept.of(state.bands[0], places, 2.0, LIGHT) is not first


# Images.


def test_inputs_without_a_sign_are_ink_and_others_have_the_colour_of_their_sign() -> None:
    state = state_of((64, 3, 2))
    column = state.columns[0]
    places = laid_out(state).layers[0]
    signed = colours(cell_image(column, places, LIGHT))
    assert signed.shape[:2] == (64, 64)
    values = column.numbers.values.reshape(8, 8)
    for row, line in enumerate(values):
        for index, value in enumerate(line):
            red, _, blue = signed[row * 8 + 4, index * 8 + 4]
            if abs(value) > 0.3:
                assert (blue > red) == (value > 0.0)


# What lies where.


def test_a_pixel_of_the_image_is_its_input() -> None:
    state = state_of((784, 128, 10))
    places = laid_out(state)
    picker = Picker(state, places)
    for unit in (0, 27, 28, 400, 783):
        assert picker.address_at(places.centre(0, unit), 1.0) == Address(Q.ACTIVATION, 0, (unit,))


def test_a_dot_is_its_unit_however_small() -> None:
    state = state_of((784, 128, 10))
    places = laid_out(state)
    for unit in (0, 64, 127):
        assert Picker(state, places).address_at(places.centre(1, unit), 1.0) == Address(Q.ACTIVATION, 1, (unit,))


def middle_of(edges: Edges, places: Geometry, index: int) -> QPointF:
    x1, y1, x2, y2 = line_ends(edges, places)[index].tolist()
    return QPointF((x1 + x2) / 2, (y1 + y2) / 2)


def test_of_a_density_the_edges_that_are_lines_are_found() -> None:
    state = state_of((100, 90, 3))
    places = laid_out(state)
    edges = strongest_of(state.bands[0], STRONGEST)
    found = 0
    for index in range(len(edges.units)):
        address = Picker(state, places).address_at(middle_of(edges, places, index), 1.0)
        drawn = set(zip(edges.units.tolist(), edges.columns.tolist(), strict=True))
        assert address is not None
        key = address.indices if address.quantity is Q.WEIGHT else (address.indices[0], 100)
        assert key in drawn
        found += key == (edges.units[index], edges.columns[index])
    assert found > 100


def test_every_edge_of_the_unit_pointed_at_is_found() -> None:
    state = state_of((100, 90, 3), Selection(hovered=Address(Q.ACTIVATION, 1, (40,))))
    places = laid_out(state)
    picker = Picker(state, places)
    edges = fan_edges(state.shown_fans[0], state.bands[0])
    hits = [picker.address_at(middle_of(edges, places, index), 1.0) for index in range(100)]
    own = [hit for hit in hits if hit is not None and hit.indices[0] == 40]
    assert len(own) > 50


def test_beside_everything_there_is_nothing() -> None:
    state = state_of((100, 90, 3))
    assert Picker(state, laid_out(state)).address_at(QPointF(990.0, 5.0), 1.0) is None


def test_what_was_read_earlier_covers_no_line_of_its_neighbours(qapp: QApplication) -> None:
    """Halos of 40 products meet at their unit: in between each line still has its colour."""
    session = Session(run_spec((3, 2, 40), samples=1))
    done = session.program.position_of(0, Pass.BACKWARD, 1, OperationKind.ERROR, unit=0)
    assert done is not None
    session.seek(position=done + 1)
    state = build_canvas_state(session, Selection(), ViewOptions())
    places = laid_out(state)
    painter_of = ActivePainter(state, LIGHT, places, True)
    earlier = [edge for edge in painter_of.edges if edge.mark is Mark.EARLIER]
    assert len(earlier) == 40
    image = QImage(1000, 700, QImage.Format.Format_RGB32)
    image.fill(QColor(LIGHT.background))
    with QPainter(image) as painter:
        painter_of.paint(painter)
    found = 0
    for edge in earlier:
        start, end = places.edge_ends(edge)
        steps = [start + (end - start) * share for share in (0.16, 0.17, 0.18, 0.19, 0.2)]
        seen = {image.pixelColor(place.toPoint()).name().upper() for place in steps}
        found += signed(edge.value or 0.0, LIGHT) in seen
    assert found >= 36
