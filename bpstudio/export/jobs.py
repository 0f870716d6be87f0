"""From choices to work: which export does what was chosen, for the window and the command line alike."""

from pathlib import Path

from bpstudio.errors import ExportError
from bpstudio.export.animation import AnimationExport, has_video
from bpstudio.export.figure import build_figure
from bpstudio.export.picture import Painted, painted_figure
from bpstudio.export.player import PlayerExport
from bpstudio.export.presets import Look, look
from bpstudio.export.steps import RangeExport, StepsExport, StepsOptions
from bpstudio.export.tikz import tikz_document
from bpstudio.export.worked_export import WorkedExport
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import FORMATS, PICTURES, ExportChoices, ExportFormat, Subject
from bpstudio.viewstate.selection import Selection, ViewOptions
from bpstudio.viewstate.theme import Theme


def look_of(choices: ExportChoices, theme: Theme) -> Look:
    """The look that was chosen; where a format can't leave the background out, it is painted."""
    is_transparent = choices.is_transparent and choices.file_format.can_be_transparent
    return look(choices.preset, theme, choices.size, choices.scale, is_transparent=is_transparent)


def offered_formats(subject: Subject) -> tuple[ExportFormat, ...]:
    """The formats of a subject that can be written here."""
    return tuple(each for each in FORMATS[subject] if each is not ExportFormat.MP4 or has_video())


def figure_file(
    session: Session, choices: ExportChoices, view: ViewOptions, theme: Theme, selection: Selection | None = None
) -> bytes:
    """The figure at the session's position as a file. Raises ExportError."""
    return painted_file(session, choices, view, theme, selection)()


def painted_file(
    session: Session, choices: ExportChoices, view: ViewOptions, theme: Theme, selection: Selection | None = None
) -> Painted:
    """The figure at the session's position, painted now, that can be made into a file beside the window."""
    found = look_of(choices, theme)
    if choices.file_format is ExportFormat.TEX:
        data = tikz_document(session, view, found).encode()
        return lambda: data
    return painted_figure(build_figure(session, view, selection), choices.file_format, found)


def range_job(session: Session, path: Path, choices: ExportChoices, view: ViewOptions, theme: Theme) -> RangeExport:
    """The export of a range of steps, or the worked solution of them. Raises ExportError for what can't be done."""
    if choices.file_format not in FORMATS[choices.subject]:
        raise ExportError(f"{_SUBJECT_WORDS[choices.subject]} cannot be written as {choices.file_format.value}")
    steps = StepsOptions(
        choices.start, choices.end, choices.level, choices.file_format, look_of(choices, theme), choices.seconds
    )
    if choices.subject is Subject.WORKED:
        return WorkedExport(session, path, steps, view)
    if choices.file_format in (*PICTURES, ExportFormat.TEX):
        return StepsExport(session, path, steps, view)
    if choices.file_format is ExportFormat.HTML:
        return PlayerExport(session, path, steps, view)
    return AnimationExport(session, path, steps, view)


_SUBJECT_WORDS = {
    Subject.FIGURE: "a figure",
    Subject.STEPS: "a range of steps",
    Subject.WORKED: "a worked solution",
    Subject.PANEL: "a panel",
    Subject.WINDOW: "a window",
}
