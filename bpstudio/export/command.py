"""The command `export`: from its options to files, without a display."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from bpstudio import plain_import  # noqa: F401  # isort: skip  (before all that uses Qt)
from PySide6.QtWidgets import QApplication

from bpstudio.errors import ExportError
from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberStyle
from bpstudio.export.jobs import figure_file, range_job
from bpstudio.export.picture import write_figure
from bpstudio.export.steps import Report, run_to_end
from bpstudio.program.levels import Level, parse_level
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import PICTURES, ExportChoices, ExportFormat, PresetName, Subject
from bpstudio.viewstate.selection import EdgeMode, ThemeName, UnitMode, ViewOptions
from bpstudio.viewstate.theme import theme

F = ExportFormat
RangeOf = Callable[[], tuple[int, int]]
GoTo = Callable[[int], object]
"""Brings the session to a position; says so when it takes long, and refuses what lies too far."""
FOLDERS = (*PICTURES, F.TEX)
"""What a range of steps is written as in a folder."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options ask for, once they have been understood."""

    choices: ExportChoices
    is_single: bool


def export_command(
    session: Session, options: argparse.Namespace, view: ViewOptions, range_of: RangeOf, go_to: GoTo, report: Report
) -> str:
    """Do what the options ask for; returns what was written, in words. Raises ExportError."""
    application = QApplication.instance() or QApplication(["bpstudio"])
    asked = understood(options, range_of)
    look = theme(ThemeName(options.theme))
    if asked.is_single:
        go_to(asked.choices.start)
        write_figure(options.output, figure_file(session, asked.choices, view, look))
        words = f"the picture of position {asked.choices.start} in {options.output}"
    else:
        job = range_job(session, options.output, asked.choices, view, look)
        try:
            go_to(asked.choices.start)
        except BaseException:
            job.cancel()
            raise
        run_to_end(job, report)
        words = job.words
    del application
    return words


def understood(options: argparse.Namespace, range_of: RangeOf) -> Asked:
    """The choices that the options stand for. Raises ExportError for those that do not go together."""
    file_format = _format(options)
    subject = _subject(options, file_format)
    writes_folder = subject is Subject.STEPS and file_format in FOLDERS
    is_named = _ending(options.output) == file_format.value and not _is_folder(options)
    is_single = writes_folder and is_named
    _check_name(options, file_format, writes_folder)
    if options.at is not None:
        if options.start is not None or options.end is not None or options.iteration is not None:
            raise ExportError("--at does not go together with --from, --to and --iteration")
        start = end = options.at
    else:
        start, end = range_of()
    if is_single and start != end:
        raise ExportError(f"{options.output}: one file holds one picture; say which with --at, or name a folder")
    if subject is Subject.WORKED and start == end:
        raise ExportError("there is nothing to work out between a position and itself; name a range")
    return Asked(
        ExportChoices(
            Subject.FIGURE if is_single else subject,
            file_format,
            PresetName(options.preset),
            options.transparent,
            options.size or (0, 0),
            options.scale or 0.0,
            start=start,
            end=end,
            level=_level(options, subject),
            seconds=options.seconds,
        ),
        is_single,
    )


def view_of(options: argparse.Namespace, view: ViewOptions) -> ViewOptions:
    """How things are shown: what edges and units show and how numbers and sentences are written is chosen by options."""
    return ViewOptions(
        notation=view.notation,
        level=view.level,
        edge_mode=EdgeMode(options.edges),
        unit_mode=UnitMode(options.units),
        digits=options.digits,
        number_style=NumberStyle(options.numbers),
        decimal_comma=options.comma,
        depth=Depth(options.narration),
    )


def _format(options: argparse.Namespace) -> ExportFormat:
    """As --format says, else as the file's name ends, else PNG."""
    if options.format is not None:
        return ExportFormat(options.format)
    ending = "" if _is_folder(options) else _ending(options.output)
    return ExportFormat(ending) if ending in _ENDINGS else F.PNG


_ENDINGS = frozenset(each.value for each in F)


def _ending(path: Path) -> str:
    """How a file is named; nothing where no letter follows the last point, as in ``v1.2``."""
    ending = path.suffix.lower().lstrip(".")
    return ending if any(letter.isalpha() for letter in ending) else ""


def _is_folder(options: argparse.Namespace) -> bool:
    return bool(options.is_folder) or options.output.is_dir()


def _check_name(options: argparse.Namespace, file_format: ExportFormat, writes_folder: bool) -> None:
    """Refuse a name that promises something else than what would be written there. Raises ExportError."""
    path, ending = options.output, _ending(options.output)
    if _is_folder(options):
        if not writes_folder:
            raise ExportError(f"{path}: expected the name of a file to write as {file_format.value}, got a folder")
    elif ending in _ENDINGS and ending != file_format.value:
        raise ExportError(f"{path}: its name ends in .{ending}, but --format is {file_format.value}")
    elif ending and ending not in _ENDINGS and writes_folder:
        known = ", ".join(f".{each.value}" for each in F)
        raise ExportError(f"{path}: expected a name that ends in {known}, or in {os.sep} for a folder of pictures")


def _subject(options: argparse.Namespace, file_format: ExportFormat) -> Subject:
    if options.content is None:
        return Subject.WORKED if file_format is F.MARKDOWN else Subject.STEPS
    return Subject(options.content)


def _level(options: argparse.Namespace, subject: Subject) -> Level:
    """The level asked for; a handout works out every operation unless told otherwise."""
    if options.level is not None:
        return parse_level(options.level)
    return Level.OPERATION if subject is Subject.WORKED else Level.UNIT
