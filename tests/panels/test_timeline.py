"""The timeline by real mouse and key events: where they lead, what is painted anew, what is shown beyond 2**63."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QPaintEvent, QRegion, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu, QToolTip
from pytestqt.qtbot import QtBot

from bpstudio.panels.timeline import Timeline
from bpstudio.panels.timeline_painter import labels_of, strokes_of
from bpstudio.viewstate.curve import bucketed, drawn
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme
from bpstudio.viewstate.timeline_state import Bookmark, Fork, TimelineState, Window
from bpstudio.viewstate.timeline_ticks import Tick, Tier

Key = Qt.Key
FAR = 2**70
Signals = list[tuple[str, object]]


def sample_state(origin: int = 0) -> TimelineState:
    """A run of 1,000 operations, 800 of them computed; the loss is not finite from 600 to 620."""
    values = np.linspace(1.0, 0.2, 80)
    values[60:62] = np.nan
    curve = drawn(bucketed(values, 0, 80), (0.0, 1.0), (origin, origin + 1000), lambda n: origin + 10 * n)
    return TimelineState(
        origin, origin + 1000, Window(origin, origin + 1000), origin + 800, origin + 300, "iteration 30",
        curve, "1", "0", tuple(Tick(origin + 100 * k, f"iteration {10 * k}", Tier.FINE) for k in range(10)),
        hits=(origin + 450,), checkpoints=(origin + 200,),
        bookmarks=(Bookmark(origin + 700, "<b>flat</b>", "look here"),), forks=(Fork(origin + 100, "other"),),
        description="iteration 30 of 80",
    )  # fmt: skip


@pytest.fixture
def timeline(qtbot: QtBot) -> Iterator[Timeline]:
    made = Timeline(lambda position: f"at {position}")
    qtbot.addWidget(made)
    made.resize(1054, 92)  # a track of 1,000 pixels: one for each operation
    made.apply(sample_state(), LIGHT)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.setFocus()
    yield made
    QToolTip.hideText()


def record(timeline: Timeline) -> Signals:
    """Everything the timeline asks for from now on, as (signal, argument)."""
    heard: Signals = []
    for name in ("seek_requested", "scrub_moved", "scrub_ended", "window_requested", "step_requested", "level_requested",
                 "hit_requested", "run_to_requested", "bookmark_requested"):  # fmt: skip
        getattr(timeline, name).connect(lambda value, name=name: heard.append((name, value)))
    for name in ("scrub_cancelled", "play_requested", "live_requested"):
        getattr(timeline, name).connect(lambda name=name: heard.append((name, None)))
    return heard


def at(timeline: Timeline, position: int, y: int = 40) -> QPoint:
    return QPoint(round(timeline.x_of(position)), y)


def wheel(timeline: Timeline, position: int, x: int, y: int) -> None:
    place = QPointF(at(timeline, position))
    event = QWheelEvent(
        place, place, QPoint(), QPoint(x, y), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(timeline, event)


def grabbed(timeline: Timeline) -> QImage:
    return timeline.grab().toImage()


class Paints(QObject):
    """The regions painted from now on."""

    def __init__(self, widget: Timeline) -> None:
        super().__init__(widget)
        self.regions: list[QRegion] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if isinstance(event, QPaintEvent):
            self.regions.append(event.region())
        return False


def test_a_click_asks_for_the_position_under_it(qtbot: QtBot, timeline: Timeline) -> None:
    heard = record(timeline)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, 555))
    assert heard == [("seek_requested", 555)]


def test_a_click_near_a_hit_asks_for_the_hit_itself(qtbot: QtBot, timeline: Timeline) -> None:
    heard = record(timeline)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, 453))
    assert heard == [("seek_requested", 450)]


def test_positions_beyond_64_bits_are_asked_for_exactly(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.apply(sample_state(FAR), LIGHT)
    heard = record(timeline)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, FAR + 555))
    assert heard == [("seek_requested", FAR + 555)]


def drag(qtbot: QtBot, timeline: Timeline, *positions: int) -> None:
    qtbot.mousePress(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, positions[0]))
    for position in positions[1:]:
        qtbot.mouseMove(timeline, at(timeline, position))


def test_a_drag_scrubs_and_ends_where_the_button_is_let_go(qtbot: QtBot, timeline: Timeline) -> None:
    heard = record(timeline)
    drag(qtbot, timeline, 200, 260, 320)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, 320))
    assert heard == [("scrub_moved", 260), ("scrub_moved", 320), ("scrub_ended", 320)]


def test_scrubbing_stays_within_what_was_computed(qtbot: QtBot, timeline: Timeline) -> None:
    heard = record(timeline)
    drag(qtbot, timeline, 700, 950)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, 950))
    assert heard == [("scrub_moved", 800), ("scrub_ended", 800)]


def test_escape_cancels_a_drag(qtbot: QtBot, timeline: Timeline) -> None:
    heard = record(timeline)
    drag(qtbot, timeline, 200, 260)
    qtbot.keyClick(timeline, Key.Key_Escape)
    qtbot.mouseRelease(timeline, Qt.MouseButton.LeftButton, pos=at(timeline, 260))
    assert heard == [("scrub_moved", 260), ("scrub_cancelled", None)]


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        (Key.Key_Right, ("step_requested", 1)),
        (Key.Key_Left, ("step_requested", -1)),
        (Key.Key_Up, ("level_requested", -1)),
        (Key.Key_Down, ("level_requested", 1)),
        (Key.Key_Comma, ("hit_requested", -1)),
        (Key.Key_Period, ("hit_requested", 1)),
        (Key.Key_Home, ("seek_requested", 0)),
        (Key.Key_End, ("live_requested", None)),
        (Key.Key_Space, ("play_requested", None)),
        (Key.Key_B, ("bookmark_requested", 300)),
    ],
)
def test_each_key_asks_for_its_move(qtbot: QtBot, timeline: Timeline, key: Key, asked: tuple[str, object]) -> None:
    heard = record(timeline)
    qtbot.keyClick(timeline, key)
    assert heard == [asked]


def test_keys_of_the_window_pass_through(qtbot: QtBot, timeline: Timeline) -> None:
    heard = record(timeline)
    qtbot.keyClick(timeline, Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(timeline, Key.Key_F11)
    assert heard == []


def asked_window(heard: Signals) -> Window:
    assert [name for name, _ in heard] == ["window_requested"]
    window = heard[0][1]
    assert isinstance(window, Window)
    return window


def test_plus_zooms_around_the_cursor(qtbot: QtBot, timeline: Timeline) -> None:
    heard = record(timeline)
    qtbot.keyClick(timeline, Key.Key_Plus)
    window = asked_window(heard)
    assert window.span == 640
    assert window.share_of(300) == pytest.approx(0.3, abs=0.002)


def test_zero_asks_for_the_whole_run(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.apply(replace(sample_state(), window=Window(200, 300)), LIGHT)
    heard = record(timeline)
    qtbot.keyClick(timeline, Key.Key_0)
    assert asked_window(heard) == Window(0, 1000)


def test_the_wheel_zooms_around_the_pointer(timeline: Timeline) -> None:
    heard = record(timeline)
    wheel(timeline, 750, 0, 120)
    window = asked_window(heard)
    assert window.span == 800
    assert window.share_of(750) == pytest.approx(0.75, abs=0.002)


def test_the_wheel_sideways_moves_the_window(timeline: Timeline) -> None:
    timeline.apply(replace(sample_state(), window=Window(200, 360)), LIGHT)
    heard = record(timeline)
    wheel(timeline, 300, -120, 0)
    assert asked_window(heard) == Window(220, 380)


def test_half_notches_of_a_fine_wheel_add_up(timeline: Timeline) -> None:
    heard = record(timeline)
    wheel(timeline, 750, 0, 60)
    assert heard == []
    wheel(timeline, 750, 0, 60)
    assert asked_window(heard).span == 800


def test_zooming_out_of_the_whole_run_asks_for_nothing(timeline: Timeline) -> None:
    heard = record(timeline)
    wheel(timeline, 500, 0, -120)
    assert heard == []


def test_the_tooltip_tells_moment_and_bookmark_as_plain_text(qtbot: QtBot, timeline: Timeline) -> None:
    qtbot.mouseMove(timeline, at(timeline, 500))
    qtbot.mouseMove(timeline, at(timeline, 700))
    text = QToolTip.text()
    assert "at 700" in text
    assert "&lt;b&gt;flat&lt;/b&gt;" in text
    assert "look here" in text


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_the_menu_of_a_place_runs_to_it(qtbot: QtBot, timeline: Timeline) -> None:
    heard = record(timeline)
    place = at(timeline, 555)
    QApplication.sendEvent(
        timeline, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, timeline.mapToGlobal(place))
    )
    menu = timeline.findChild(QMenu, "timeline-menu")
    assert menu is not None
    next(action for action in menu.actions() if action.text() == "&Run to here").trigger()
    menu.deleteLater()
    assert heard == [("run_to_requested", 555)]


def test_applying_emits_nothing_and_the_same_again_paints_nothing(qtbot: QtBot, timeline: Timeline) -> None:
    heard, paints = record(timeline), Paints(timeline)
    timeline.apply(sample_state(), LIGHT)
    QApplication.processEvents()
    assert heard == []
    assert paints.regions == []


def test_a_step_of_the_cursor_paints_a_strip(timeline: Timeline) -> None:
    QApplication.processEvents()
    paints = Paints(timeline)
    timeline.apply(replace(sample_state(), cursor=301), LIGHT)
    QApplication.processEvents()
    painted = QRegion()
    for region in paints.regions:
        painted = painted.united(region)
    assert 0 < painted.boundingRect().width() < 150


@pytest.mark.parametrize("cursor", [301, 10, 999, 0, 640])
def test_painting_the_strip_alone_shows_what_painting_everything_shows(
    qtbot: QtBot, timeline: Timeline, cursor: int
) -> None:
    timeline.clearFocus()
    QApplication.processEvents()
    picture, paints = grabbed(timeline), Paints(timeline)
    state = replace(sample_state(), cursor=cursor, cursor_text=f"position {cursor}")
    timeline.apply(state, LIGHT)
    QApplication.processEvents()
    strips = list(paints.regions)
    assert strips
    for strip in strips:
        timeline.render(picture, strip.boundingRect().topLeft(), strip)
    assert picture == grabbed(timeline)


def has_colour(image: QImage, colour: str, left: int, right: int) -> bool:
    goal = QColor(colour).rgb()
    return any(image.pixel(x, y) == goal for x in range(left, right) for y in range(image.height()))


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda t: t.name)
def test_a_hit_is_a_dot_in_the_colour_of_breakpoints(timeline: Timeline, theme: Theme) -> None:
    timeline.apply(sample_state(), theme)
    image, x = grabbed(timeline), round(timeline.x_of(450))
    assert has_colour(image, theme.breakpoint, x - 3, x + 4)
    assert not has_colour(image, theme.breakpoint, x + 10, x + 60)


def test_what_is_not_finite_has_its_colour_and_leaves_a_gap(timeline: Timeline) -> None:
    timeline.apply(replace(sample_state(), cursor=800, cursor_text=""), LIGHT)
    timeline.clearFocus()
    image, x = grabbed(timeline), round(timeline.x_of(610))
    assert has_colour(image, LIGHT.not_finite, x - 10, x + 11)
    assert not has_colour(image, LIGHT.forward, x - 8, x + 9)


def test_a_tick_of_an_epoch_goes_around_the_words_of_the_finer_row(timeline: Timeline) -> None:
    ticks = (Tick(0, "epoch 0", Tier.COARSE), Tick(420, "epoch 1", Tier.COARSE), Tick(400, "iteration 15", Tier.FINE))
    for height in (92, 66):
        timeline.resize(1054, height)
        labels, rows = (
            labels_of(timeline.layout_, replace(sample_state(), ticks=ticks), Tier.FINE),
            timeline.layout_.rows,
        )
        assert [label.text for label in labels] == ["iteration 15"]
        x = timeline.x_of(420)
        assert labels[0].left < x < labels[0].right
        strokes = strokes_of(Tier.COARSE, x, rows, labels)
        assert len(strokes) == rows
        assert all(bottom <= 4.0 or top >= 15.0 for top, bottom in strokes)
        assert strokes_of(Tier.COARSE, labels[0].right + 9.0, rows, labels) == ((0.0, rows * 14.5),)


def test_a_single_row_does_not_say_a_name_twice_running(timeline: Timeline) -> None:
    ticks = tuple(Tick(100 * k, f"layer {k // 2}", Tier.FINE) for k in range(6))
    state = replace(sample_state(), ticks=ticks)
    for height, count in ((66, 3), (92, 6)):
        timeline.resize(1054, height)
        assert len(labels_of(timeline.layout_, state, Tier.FINE)) == count


def test_no_loss_is_shown_for_what_was_not_run(timeline: Timeline) -> None:
    timeline.apply(replace(sample_state(), live=400, cursor=400, cursor_text=""), LIGHT)
    timeline.clearFocus()
    image, x = grabbed(timeline), round(timeline.x_of(400))
    assert has_colour(image, LIGHT.forward, x - 30, x - 10)
    assert not has_colour(image, LIGHT.forward, x + 10, x + 30)


def test_screen_readers_are_told_where_the_run_stands(timeline: Timeline) -> None:
    assert timeline.accessibleName() == "Timeline"
    assert timeline.accessibleDescription() == "iteration 30 of 80"


def test_a_cursor_out_of_sight_is_an_arrow_at_the_edge(timeline: Timeline) -> None:
    away = replace(sample_state(), window=Window(500, 600), cursor=900, cursor_text="")
    timeline.apply(away, LIGHT)
    assert has_colour(grabbed(timeline), LIGHT.text, timeline.width() - 12, timeline.width() - 2)
