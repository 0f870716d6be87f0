"""The export of a worked solution: the parts of a handout one after the other, as Markdown, LaTeX or an HTML page."""

from pathlib import Path

from bpstudio.explain.labels import counted
from bpstudio.export.latex_text import letters_lost, lost_comment
from bpstudio.export.steps import RangeExport, StepsOptions, positions
from bpstudio.export.worked import LATEX_TAIL, Worker, latex, latex_head, markdown, markdown_head, texts_of, title_of
from bpstudio.export.worked_page import page_part, worked_page
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportFormat
from bpstudio.viewstate.selection import ViewOptions

_PARTS = {ExportFormat.MARKDOWN: markdown, ExportFormat.TEX: latex, ExportFormat.HTML: page_part}


class WorkedExport(RangeExport):
    """Works out the last operation of each block of a level. Raises ExportError for too many."""

    def __init__(self, session: Session, path: Path, steps: StepsOptions, view: ViewOptions) -> None:
        boundaries = positions(session, steps)
        super().__init__(session, [boundary - 1 for boundary in boundaries[1:]])
        self._path = path
        self._format = steps.file_format
        self._worker = Worker(session, view)
        self._parts: list[str] = []
        self._lost: set[str] = set()

    @property
    def words(self) -> str:
        """What was written."""
        return f"{counted(len(self._wanted), 'operation')} worked out in {self._path}"

    def _take(self, number: int) -> None:
        worker, part = self._worker, _PARTS[self._format]
        for item in worker.items(self._session.operation):
            self._parts.append(part(item, worker.names, worker.numbers))
            if self._format is ExportFormat.TEX:
                self._lost |= letters_lost(*texts_of(item))

    def _finish(self, seconds: float) -> bool:
        if not self._end_beside(self._write, seconds):
            return False
        self.paths = [self._path]
        return True

    def _write(self) -> None:
        title, content = title_of(self._session), "".join(self._parts)
        match self._format:
            case ExportFormat.MARKDOWN:
                text = markdown_head(title) + content
            case ExportFormat.TEX:
                text = latex_head(title, lost_comment(title, *self._lost)) + content + LATEX_TAIL
            case _:
                text = worked_page(title, content)
        self._put(self._path, text.encode())

    def _discard(self) -> None:
        """Nothing is written before the end."""
