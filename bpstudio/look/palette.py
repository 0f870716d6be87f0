"""Qt's palette and style sheet, made from the theme's tokens: Fusion everywhere, so that every desktop shows the same."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from bpstudio import resources
from bpstudio.look.fonts import font
from bpstudio.look.text_size import STANDARD_PIXELS, tab_icon_pixels
from bpstudio.viewstate.theme import Theme, luminance, mixed

HEADING_PIXELS = 17.0
TAB_PADDING = 5
"""Left and right of a tab's name."""
_Role = QPalette.ColorRole
_Group = QPalette.ColorGroup


def is_system_dark() -> bool:
    """Whether the desktop asks for dark windows; False where it does not say. Needs a QApplication."""
    return QApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark


def apply_theme(application: QApplication, theme: Theme, text_scale: float = 1.0) -> None:
    """Make every widget of the application look like ``theme``, its text ``text_scale`` times the standard size.

    The old rules go before the new ones come: replaced in one go they take three times as long, up to half a second.
    """
    application.setStyleSheet("")
    if application.style().name().lower() != "fusion":
        application.setStyle("Fusion")
    application.setFont(font(STANDARD_PIXELS * text_scale))
    application.setPalette(palette(theme))
    application.setStyleSheet(style_sheet(theme, text_scale))


def palette(theme: Theme) -> QPalette:
    """The colour roles for widgets that no rule of the style sheet touches."""
    made = QPalette()
    roles = {
        _Role.Window: theme.background,
        _Role.WindowText: theme.text,
        _Role.Base: theme.surface,
        _Role.AlternateBase: theme.control,
        _Role.Text: theme.text,
        _Role.PlaceholderText: theme.quiet,
        _Role.Button: theme.control,
        _Role.ButtonText: theme.text,
        _Role.BrightText: theme.breakpoint,
        _Role.ToolTipBase: theme.surface,
        _Role.ToolTipText: theme.text,
        _Role.Highlight: theme.forward,
        _Role.HighlightedText: theme.on_accent,
        _Role.Accent: theme.forward,
        _Role.Link: theme.positive,
        _Role.LinkVisited: theme.not_finite,
        _Role.Light: theme.surface,
        _Role.Midlight: theme.hover,
        _Role.Mid: theme.line,
        _Role.Dark: theme.faded,
        _Role.Shadow: theme.line,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText):
        made.setColor(_Group.Disabled, role, QColor(disabled_text(theme)))
    made.setColor(_Group.Disabled, _Role.Highlight, QColor(theme.hover))
    made.setColor(_Group.Disabled, _Role.HighlightedText, QColor(disabled_text(theme)))
    return made


def disabled_text(theme: Theme) -> str:
    """What cannot be used now: still readable, clearly weaker than quiet text."""
    return mixed(theme.quiet, theme.background, 0.35)


def style_sheet(theme: Theme, text_scale: float = 1.0) -> str:
    """The rules of all widgets: flat surfaces, thin lines, and a ring around whatever has the keyboard."""
    box = round(13 * text_scale)
    return "\n".join(
        (
            _labels(text_scale),
            _frames(theme),
            _buttons(theme, box),
            _fields(theme),
            _lists(theme),
            _bars(theme, tab_icon_pixels(text_scale)),
        )
    )


def _labels(text_scale: float) -> str:
    return f"""
QLabel[isTitle="true"] {{ font-weight: bold; }}
QLabel[isHeading="true"] {{ font-weight: bold; font-size: {round(HEADING_PIXELS * text_scale)}px; }}
"""


def _frames(theme: Theme) -> str:
    return f"""
QMainWindow, QDialog {{ background: {theme.background}; }}
QMainWindow::separator {{ background: {theme.line}; width: 1px; height: 1px; margin: 2px; }}
QMainWindow::separator:hover {{ background: {theme.forward}; }}
QDockWidget {{ color: {theme.quiet}; font-weight: bold;
  titlebar-close-icon: url("{_mark("close", theme.text)}"); titlebar-normal-icon: url("{_mark("float", theme.text)}"); }}
QDockWidget::title {{ background: {theme.background}; padding: 6px 10px 2px 10px; border-bottom: 1px solid {theme.line}; }}
QSplitter::handle {{ background: {theme.line}; }}
QStatusBar {{ background: {theme.background}; color: {theme.quiet}; border-top: 1px solid {theme.line}; }}
QStatusBar::item {{ border: none; }}
QToolTip {{ background: {theme.surface}; color: {theme.text}; border: 1px solid {theme.quiet}; padding: 4px 6px; }}
QGroupBox {{ border: 1px solid {theme.line}; border-radius: 6px; margin-top: 10px; padding-top: 8px; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 10px; color: {theme.quiet}; }}
"""


def _buttons(theme: Theme, box: int) -> str:
    ring = f"2px solid {theme.forward}"
    return f"""
QPushButton, QToolButton {{ color: {theme.text}; border: 2px solid transparent; border-radius: 6px; padding: 3px; }}
QPushButton {{ background: {theme.control}; border-color: {theme.line}; padding: 5px 14px; min-width: 56px; }}
QPushButton:hover, QToolButton:hover {{ background: {theme.hover}; }}
QPushButton:pressed, QToolButton:pressed, QToolButton:checked {{ background: {theme.hover}; border-color: {theme.faded}; }}
QPushButton:default {{ background: {theme.forward}; color: {theme.on_accent}; border-color: {theme.forward}; }}
QPushButton:default:hover {{ background: {mixed(theme.forward, theme.text, 0.15)}; }}
QPushButton:focus, QToolButton:focus {{ border: {ring}; }}
QPushButton:default:focus {{ border: 2px solid {theme.text}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {disabled_text(theme)}; }}
QToolButton[isDots="true"]::menu-indicator {{ image: none; }}
QPushButton:default:disabled {{ background: {theme.control}; color: {disabled_text(theme)}; border-color: {theme.line}; }}
QCheckBox {{ spacing: 6px; }}
QCheckBox::indicator, QTableView::indicator {{ width: {box}px; height: {box}px; background: {theme.surface};
  border: 1px solid {theme.quiet}; border-radius: 3px; }}
QCheckBox::indicator:checked, QTableView::indicator:checked {{ background: {theme.forward}; border-color: {theme.forward};
  image: url("{_mark("check", theme.on_accent)}"); }}
QCheckBox::indicator:disabled {{ border-color: {theme.line}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {theme.forward}; }}
"""


def _mark(name: str, ink: str) -> str:
    """The path of a small mark in dark or light ink, whichever is nearer; a style sheet takes marks from files only."""
    return resources.path("icons", f"{name}-{'light' if luminance(ink) > 0.4 else 'dark'}.svg").as_posix()


def _fields(theme: Theme) -> str:
    down = _mark("down", theme.text)
    return f"""
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit {{
  background: {theme.surface}; color: {theme.text}; border: 1px solid {theme.quiet}; border-radius: 5px; padding: 3px 6px;
  placeholder-text-color: {theme.quiet};
  selection-background-color: {theme.forward}; selection-color: {theme.on_accent}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {{
  border: 2px solid {theme.forward}; padding: 2px 5px; }}
QLineEdit:disabled, QSpinBox:disabled, QComboBox:disabled {{ color: {disabled_text(theme)}; border-color: {theme.line}; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {{ background: transparent; border: none; padding: 0 5px; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url("{down}"); width: 12px; height: 12px; }}
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {{
  background: transparent; border: none; width: 18px; }}
QSpinBox::up-button:hover, QDoubleSpinBox::up-button:hover, QSpinBox::down-button:hover, QDoubleSpinBox::down-button:hover {{
  background: {theme.hover}; }}
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{ image: url("{_mark("up", theme.text)}"); width: 10px; height: 10px; }}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{ image: url("{down}"); width: 10px; height: 10px; }}
QComboBox QAbstractItemView {{ background: {theme.surface}; color: {theme.text}; border: 1px solid {theme.quiet};
  selection-background-color: {theme.forward}; selection-color: {theme.on_accent}; }}
"""


def _lists(theme: Theme) -> str:
    return f"""
QAbstractScrollArea {{ border: 1px solid {theme.line}; }}
QAbstractScrollArea:focus {{ border: 1px solid {theme.forward}; }}
QTreeView, QTableView, QListView {{ background: {theme.surface}; color: {theme.text}; outline: none;
  placeholder-text-color: {theme.quiet};
  selection-background-color: {theme.forward}; selection-color: {theme.on_accent}; gridline-color: {theme.line}; }}
QTreeView::item, QListView::item {{ padding: 2px 0; }}
QHeaderView::section {{ background: {theme.background}; color: {theme.quiet}; border: none;
  border-bottom: 1px solid {theme.line}; padding: 4px 8px; }}
QMenu {{ background: {theme.surface}; color: {theme.text}; border: 1px solid {theme.faded}; padding: 4px 0; }}
QMenu::item {{ padding: 5px 28px 5px 14px; }}
QMenu::icon, QMenu::indicator {{ padding-left: 8px; }}
QMenu::item:selected {{ background: {theme.forward}; color: {theme.on_accent}; }}
QMenu::item:disabled {{ color: {disabled_text(theme)}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 0; }}
"""


def _bars(theme: Theme, tab_icon: int) -> str:
    return f"""
QMenuBar {{ background: {theme.background}; color: {theme.text}; border-bottom: 1px solid {theme.line}; }}
QMenuBar::item {{ background: transparent; padding: 5px 9px; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {theme.hover}; color: {theme.text}; }}
QToolBar {{ background: {theme.background}; border: none; border-bottom: 1px solid {theme.line};
  padding: 3px 6px; spacing: 3px; }}
QToolBar::separator {{ background: {theme.line}; width: 1px; margin: 5px 5px; }}
QToolBarExtension {{ qproperty-icon: url("{_mark("down", theme.text)}"); min-width: 16px; padding: 0; }}
QTabBar::tab {{ background: transparent; color: {theme.quiet}; padding: 6px {TAB_PADDING}px;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom-color: {theme.forward}; }}
QTabBar::tab:focus {{ color: {theme.forward}; }}
QTabBar[shows="front"]::tab:!selected, QTabBar[shows="icons"]::tab {{ color: transparent; width: {tab_icon}px;
  padding: 6px {TAB_PADDING - 2}px; }}
QProgressBar {{ background: {theme.control}; border: 1px solid {theme.line}; border-radius: 4px;
  text-align: center; color: {theme.text}; }}
QProgressBar::chunk {{ background: {mixed(theme.forward, theme.surface, 0.55)}; border-radius: 3px; }}
QSlider::groove:horizontal {{ background: {theme.line}; height: 4px; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {theme.surface}; border: 2px solid {theme.forward};
  width: 12px; margin: -6px 0; border-radius: 8px; }}
QSlider::handle:horizontal:focus {{ background: {theme.forward}; }}
"""
