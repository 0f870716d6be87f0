"""Gives a document made from Markdown the look of the application: spaces, rules, tables and code in the theme's colours."""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextTable,
)

from bpstudio.look.text_size import STANDARD_PIXELS, text_scale
from bpstudio.viewstate.theme import Theme

MARGIN = 26.0
LINE_HEIGHT = 135.0
PARAGRAPH_GAP = 8.0
SIZES = {1: 24.0, 2: 18.0, 3: 15.0}
ABOVE = {1: 4.0, 2: 20.0, 3: 14.0}


def dress_document(document: QTextDocument, theme: Theme) -> None:
    """Dress every block and table; the document counts as unchanged after it."""
    document.setUndoRedoEnabled(False)
    document.setDocumentMargin(MARGIN)
    together = QTextCursor(document)
    together.beginEditBlock()  # else each change of a cell lays its whole table out anew: seconds for a page of tables
    for block in blocks(document):
        _dress_block(block, theme)
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _dress_table(frame, theme)
    together.endEditBlock()
    document.setModified(False)


def blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    """All paragraphs, headings and cells, in order."""
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def picture_names(document: QTextDocument) -> set[str]:
    """The names of all pictures, as the page writes them."""
    return {
        fragment.toImageFormat().name()
        for block in blocks(document)
        for fragment in (piece[2] for piece in _pieces(block))
        if fragment.isImageFormat()
    }


def _pieces(block: QTextBlock) -> list[tuple[int, int, QTextCharFormat]]:
    """Start, length and format of every piece of a block that looks the same throughout."""
    found, iterator = [], block.begin()
    while not iterator.atEnd():
        piece = iterator.fragment()
        found.append((piece.position(), piece.length(), piece.charFormat()))
        iterator += 1
    return found


def _dress_block(block: QTextBlock, theme: Theme) -> None:
    cursor, wished = QTextCursor(block), block.blockFormat()
    has_picture = any(piece[2].isImageFormat() for piece in _pieces(block))
    is_tight = has_picture or _is_code(block) or cursor.currentTable() is not None
    if not is_tight:
        wished.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        wished.setBottomMargin(wished.bottomMargin() if block.textList() else PARAGRAPH_GAP)
    _set_margins(block, wished)
    if _is_code(block):
        wished.setBackground(QColor(theme.control))
    cursor.setBlockFormat(wished)
    for start, length, form in _pieces(block):
        if _change(form, wished, theme):
            cursor.setPosition(start)
            cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(form)


def _set_margins(block: QTextBlock, wished: QTextBlockFormat) -> None:
    level = wished.headingLevel()
    if level:
        wished.setTopMargin(ABOVE.get(level, 12.0))
        wished.setBottomMargin(8.0)
    elif _is_code(block):
        wished.setLeftMargin(10.0)
        wished.setTopMargin(0.0 if _is_code(block.previous()) else 6.0)
        wished.setBottomMargin(0.0 if _is_code(block.next()) else 12.0)
    elif wished.hasProperty(QTextBlockFormat.Property.BlockQuoteLevel):
        wished.setLeftMargin(18.0)
        wished.setBottomMargin(10.0)


def _is_code(block: QTextBlock) -> bool:
    return block.isValid() and block.blockFormat().hasProperty(QTextBlockFormat.Property.BlockCodeFence)


def _change(form: QTextCharFormat, block: QTextBlockFormat, theme: Theme) -> bool:
    """Give one piece its size and colours; False where it keeps the standard ones."""
    level = block.headingLevel()
    if level:
        # With an adjustment, which Markdown headings have, Qt ignores the size.
        form.clearProperty(QTextCharFormat.Property.FontSizeAdjustment.value)
        form.setProperty(
            QTextCharFormat.Property.FontPixelSize.value, round(SIZES.get(level, STANDARD_PIXELS) * text_scale())
        )
        form.setForeground(QColor(theme.text))
    elif form.isAnchor():
        form.setForeground(QColor(theme.positive))
    elif form.fontFixedPitch():
        if not block.hasProperty(QTextBlockFormat.Property.BlockCodeFence):
            form.setBackground(QColor(theme.control))
        form.setForeground(QColor(theme.text))
    elif block.hasProperty(QTextBlockFormat.Property.BlockQuoteLevel):
        form.setForeground(QColor(theme.quiet))
    else:
        return False
    return True


def _dress_table(table: QTextTable, theme: Theme) -> None:
    wished = table.format()
    wished.setCellPadding(6.0)
    wished.setCellSpacing(0.0)
    wished.setBorder(1.0)
    wished.setBorderCollapse(True)
    wished.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    wished.setBorderBrush(QBrush(QColor(theme.line), Qt.BrushStyle.SolidPattern))
    wished.setTopMargin(8.0)
    wished.setBottomMargin(12.0)
    table.setFormat(wished)
    for column in range(table.columns()):
        cell = table.cellAt(0, column)
        form = cell.format()
        form.setBackground(QColor(theme.control))
        cell.setFormat(form)
