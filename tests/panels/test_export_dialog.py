"""The export dialog: what is chosen comes out once, only what makes a difference is shown, all of it from the keyboard."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from bpstudio.panels.export_dialog import ExportDialog, ExportOffers
from bpstudio.program.levels import Level
from bpstudio.viewstate.export_choices import (
    FORMATS,
    ExportChoices,
    ExportFormat,
    PresetName,
    RangeName,
    Subject,
    choices_from_text,
    choices_to_text,
)

Key = Qt.Key
OFFERS = ExportOffers(
    {subject: tuple(f for f in formats if f is not ExportFormat.MP4) for subject, formats in FORMATS.items()},
    ("Network", "Program"),
    {RangeName.SAMPLE: (0, 70), RangeName.ITERATION: (0, 168), RangeName.POSITIONS: (58, 10**25)},
    dict.fromkeys(PresetName, (1100, 680)) | {PresetName.SLIDE: (1920, 1080)},
    dict.fromkeys(PresetName, 2.0) | {PresetName.SLIDE: 1.0},
)


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def opened(parent: QWidget, choices: ExportChoices | None = None) -> ExportDialog:
    dialog = ExportDialog(parent, choices or ExportChoices(), OFFERS)
    dialog.show()
    return dialog


def choose(dialog: ExportDialog, subject: Subject) -> None:
    dialog.subject.setCurrentIndex(dialog.subject.findData(subject))


def saved(qtbot: QtBot, dialog: ExportDialog) -> ExportChoices:
    with qtbot.waitSignal(dialog.export_requested) as wish:
        qtbot.keyClick(dialog, Key.Key_Return)
    assert wish.args is not None
    found = wish.args[0]
    assert isinstance(found, ExportChoices)
    return found


def test_it_starts_with_the_figure_at_twice_its_pixels(qtbot: QtBot, parent: QWidget) -> None:
    found = saved(qtbot, opened(parent))
    assert (found.subject, found.file_format, found.scale, found.size) == (
        Subject.FIGURE,
        ExportFormat.PNG,
        2.0,
        (0, 0),
    )


def test_it_starts_with_what_it_is_given(qtbot: QtBot, parent: QWidget) -> None:
    given = ExportChoices(
        Subject.STEPS, ExportFormat.WEBP, PresetName.SLIDE, True, (1280, 720), 1.5, "Network",
        RangeName.SAMPLE, 0, 70, Level.OPERATION, 0.3,
    )  # fmt: skip
    assert saved(qtbot, opened(parent, given)) == given


def test_everything_can_be_chosen_by_keyboard(qtbot: QtBot, parent: QWidget) -> None:
    dialog = opened(parent)
    qtbot.keyClick(dialog.subject, Key.Key_Down)
    qtbot.keyClick(dialog.file_format, Key.Key_Down)
    qtbot.keyClick(dialog.range_name, Key.Key_End)
    dialog.start.selectAll()
    qtbot.keyClicks(dialog.start, "41")
    dialog.end.selectAll()
    qtbot.keyClicks(dialog.end, "12")
    found = saved(qtbot, dialog)
    assert (found.subject, found.file_format) == (Subject.STEPS, ExportFormat.GIF)
    assert (found.range_name, found.start, found.end) == (RangeName.POSITIONS, 12, 41)


def test_positions_have_no_largest_number(qtbot: QtBot, parent: QWidget) -> None:
    dialog = opened(parent)
    choose(dialog, Subject.STEPS)
    qtbot.keyClick(dialog.range_name, Key.Key_End)
    assert saved(qtbot, dialog).end == 10**25


def test_tab_reaches_every_field_that_is_shown(qtbot: QtBot, parent: QWidget) -> None:
    dialog = opened(parent)
    choose(dialog, Subject.STEPS)
    dialog.subject.setFocus()
    reached = set()
    for _ in range(30):
        focus = dialog.focusWidget()
        reached.add(focus.objectName() if focus is not None else "")
        qtbot.keyClick(dialog.focusWidget() or dialog, Key.Key_Tab)
    shown = {"subject", "range", "level", "format", "preset", "width", "height", "seconds", "transparent"}
    assert {f"export-{name}" for name in shown} <= reached


def test_each_field_has_a_name_and_a_tip(qtbot: QtBot, parent: QWidget) -> None:
    dialog = opened(parent)
    fields = (dialog.subject, dialog.panel, dialog.file_format, dialog.preset, dialog.width_, dialog.height_, dialog.scale,
              dialog.range_name, dialog.start, dialog.end, dialog.level, dialog.seconds)  # fmt: skip
    for field in fields:
        assert field.accessibleName() and field.toolTip(), field.objectName()
    assert dialog.transparent.text() and dialog.transparent.toolTip()
    dialog.close()


@pytest.mark.parametrize(
    ("subject", "file_format", "shown", "hidden"),
    [
        (Subject.FIGURE, ExportFormat.PNG, ("scale", "preset", "transparent"), ("level", "panel", "seconds")),
        (Subject.FIGURE, ExportFormat.SVG, ("preset", "transparent"), ("scale",)),
        (Subject.FIGURE, ExportFormat.TEX, ("preset",), ("scale", "width", "transparent")),
        (Subject.STEPS, ExportFormat.GIF, ("seconds", "level", "scale"), ("transparent", "panel")),
        (Subject.STEPS, ExportFormat.PNG, ("level", "scale"), ("seconds",)),
        (Subject.WORKED, ExportFormat.HTML, ("level", "range"), ("preset", "scale", "seconds")),
        (Subject.PANEL, ExportFormat.PDF, ("panel",), ("preset", "scale", "level")),
        (Subject.WINDOW, ExportFormat.PNG, ("scale",), ("panel", "preset", "width")),
    ],
)
def test_only_what_makes_a_difference_is_shown(
    subject: Subject, file_format: ExportFormat, shown: tuple[str, ...], hidden: tuple[str, ...], parent: QWidget
) -> None:
    dialog = opened(parent, replace(ExportChoices(), subject=subject, file_format=file_format))
    for names, is_shown in ((shown, True), (hidden, False)):
        for name in names:
            widget = dialog.findChild(QWidget, f"export-{name}")
            assert isinstance(widget, QWidget)
            assert widget.isVisible() == is_shown, name
    dialog.close()


def test_formats_are_those_of_the_subject_and_each_remembers_its_own(qtbot: QtBot, parent: QWidget) -> None:
    dialog = opened(parent, replace(ExportChoices(), file_format=ExportFormat.PDF))
    choose(dialog, Subject.STEPS)
    found = [dialog.file_format.itemData(k) for k in range(dialog.file_format.count())]
    assert ExportFormat.MP4 not in found
    assert dialog.file_format.currentData() == ExportFormat.HTML
    choose(dialog, Subject.WORKED)
    assert dialog.level.currentData() == Level.OPERATION
    choose(dialog, Subject.FIGURE)
    assert dialog.file_format.currentData() == ExportFormat.PDF
    dialog.close()


def test_a_preset_brings_its_size(parent: QWidget) -> None:
    dialog = opened(parent)
    dialog.preset.setCurrentIndex(dialog.preset.findData(PresetName.SLIDE))
    assert (dialog.width_.value(), dialog.height_.value(), dialog.scale.value()) == (1920, 1080, 1.0)
    dialog.close()


def test_a_preview_is_asked_for_once_when_one_has_settled(qtbot: QtBot, parent: QWidget) -> None:
    dialog = opened(parent)
    with qtbot.waitSignal(dialog.choices_changed):
        pass
    asked: list[ExportChoices] = []
    dialog.choices_changed.connect(asked.append)
    for value in (1.0, 1.5, 3.0):
        dialog.scale.setValue(value)
    qtbot.waitUntil(lambda: bool(asked))
    assert [choices.scale for choices in asked] == [3.0]
    dialog.close()


def test_what_cannot_be_written_cannot_be_saved_and_says_why(parent: QWidget) -> None:
    dialog = opened(parent)
    dialog.show_refusal("that would be too much")
    assert not dialog.save.isEnabled()
    assert dialog.words.text() == "that would be too much"
    dialog.show_preview(QImage(800, 400, QImage.Format.Format_RGB32), "One picture.")
    assert dialog.save.isEnabled()
    assert dialog.preview.pixmap().deviceIndependentSize().toSize().width() == 400
    dialog.close()


def test_choices_are_remembered_as_texts_and_damage_counts_as_not_set() -> None:
    choices = ExportChoices(
        Subject.STEPS,
        ExportFormat.GIF,
        PresetName.PAPER,
        True,
        (900, 700),
        3.0,
        range_name=RangeName.SAMPLE,
        seconds=2.0,
    )
    assert choices_from_text(choices_to_text(choices)) == choices
    damaged = {
        "subject": "nonsense",
        "scale": "1e9",
        "size": "3x",
        "seconds": "nan",
        "file_format": "pdf",
        "preset": "",
    }
    assert choices_from_text(damaged) == ExportChoices(file_format=ExportFormat.PDF)
    assert choices_from_text({"subject": "steps", "file_format": "md"}).file_format is ExportFormat.HTML
    assert choices_from_text({}) == ExportChoices()
