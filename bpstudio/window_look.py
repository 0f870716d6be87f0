"""How the window looks and speaks: theme, size of text, numbers, narration; from the menus, the keys and the preferences."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu

from bpstudio.controller.run_controller import RunController
from bpstudio.controller.settings import Settings
from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberStyle
from bpstudio.look.palette import apply_theme, is_system_dark
from bpstudio.panels import preferences_dialog
from bpstudio.viewstate.preferences import TEXT_STEP_PERCENT, Preferences, text_percent_within
from bpstudio.viewstate.selection import ThemeName
from bpstudio.viewstate.theme import Theme, theme
from bpstudio.window_actions import LOOK, Actions

DIGITS = {count: f"&{count} digits" for count in (3, 4, 6, 8)}
STYLES = {
    NumberStyle.AUTO: "&Automatic",
    NumberStyle.FIXED: "&Fixed decimals",
    NumberStyle.SCIENTIFIC: "&Scientific",
    NumberStyle.FULL: "In f&ull",
}
DEPTHS = {Depth.PLAIN: "&Plain words", Depth.FORMAL: "&Formulas", Depth.CODE: "&Code"}
THEMES = {
    ThemeName.SYSTEM: "As the &system",
    ThemeName.LIGHT: "&Light",
    ThemeName.DARK: "&Dark",
    ThemeName.HIGH_CONTRAST: "&High contrast",
}
SIZES = {percent: f"&{percent} %" for percent in range(100, 201, TEXT_STEP_PERCENT)}


class Look(QObject):
    """Keeps what was chosen in the settings and applies it; ``dress`` is what the window does with a theme."""

    def __init__(
        self, window: QMainWindow, controller: RunController, settings: Settings, dress: Callable[[Theme], None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._settings = settings
        self._dress = dress
        self._choices: dict[tuple[str, Any], QAction] = {}
        self._comma: QAction | None = None
        QApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def preferences(self) -> Preferences:
        """What is chosen."""
        return self._settings.preferences

    def choose(self, preferences: Preferences) -> None:
        """Keep and apply."""
        before, self._settings.preferences = self._settings.preferences, preferences
        if (before.theme, before.text_percent) != (preferences.theme, preferences.text_percent):
            self._window.setUpdatesEnabled(False)  # painted a turn later: keys and timers need not wait for all of it
            self._apply_theme(preferences)
            QTimer.singleShot(0, self, self._paint_again)
        self._check(preferences)
        self._controller.set_preferences(preferences)

    def _paint_again(self) -> None:
        """What was asked to be painted meanwhile is lost, and Qt waits for it: only ``repaint`` begins anew."""
        self._window.setUpdatesEnabled(True)
        self._window.repaint()

    def restore(self) -> None:
        """Apply what was chosen at an earlier start."""
        preferences = self.preferences
        self._apply_theme(preferences)
        self._check(preferences)
        self._controller.set_preferences(preferences)

    def _system_changed(self, _scheme: object) -> None:
        if self.preferences.theme is ThemeName.SYSTEM:
            self.restore()

    def _apply_theme(self, preferences: Preferences) -> None:
        application = QApplication.instance()
        chosen = theme(preferences.theme, is_system_dark())
        if isinstance(application, QApplication):
            apply_theme(application, chosen, preferences.text_percent / 100.0)
        self._dress(chosen)

    # Menus.

    def fill(self, actions: Actions, menu: QMenu) -> None:
        """The choices, before what is in the menu."""
        first = menu.actions()[0] if menu.actions() else None
        made = [
            self._submenu(menu, "&Theme", "theme", THEMES),
            self._submenu(menu, "Text si&ze", "text_percent", SIZES),
        ]
        made[1].addSeparator()
        actions.add(LOOK["larger-text"], lambda: self._change_text(1), made[1])
        actions.add(LOOK["smaller-text"], lambda: self._change_text(-1), made[1])
        numbers = self._submenu(menu, "Nu&mbers", "digits", DIGITS)
        numbers.addSeparator()
        self._add_choices(numbers, "number_style", STYLES)
        numbers.addSeparator()
        self._comma = numbers.addAction("Decimal &comma")
        self._comma.setObjectName("decimal-comma-action")
        self._comma.setCheckable(True)
        self._comma.setStatusTip("Write 0,5 instead of 0.5; copies for programs keep the point")
        self._comma.setToolTip(self._comma.statusTip())
        self._comma.triggered.connect(lambda is_on: self.choose(replace(self.preferences, decimal_comma=is_on)))
        narration = self._submenu(menu, "N&arration", "depth", DEPTHS)
        narration.addSeparator()
        actions.add(LOOK["narration"], self._next_depth, narration)
        for submenu in (*made, numbers, narration):
            menu.insertMenu(first, submenu) if first is not None else menu.addMenu(submenu)

    def _submenu(self, menu: QMenu, title: str, field: str, choices: Mapping[Any, str]) -> QMenu:
        submenu = QMenu(title, menu)
        self._add_choices(submenu, field, choices)
        return submenu

    def _add_choices(self, menu: QMenu, field: str, choices: Mapping[Any, str]) -> None:
        group = QActionGroup(self)
        title = menu.title().replace("&", "")
        for value, text in choices.items():
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setStatusTip(f"{title}: {text.replace('&', '')}")
            action.setToolTip(action.statusTip())
            group.addAction(action)
            action.triggered.connect(
                lambda _checked=False, value=value: self.choose(replace(self.preferences, **{field: value}))
            )
            self._choices[field, value] = action

    def _check(self, preferences: Preferences) -> None:
        for (field, value), action in self._choices.items():
            action.setChecked(getattr(preferences, field) == value)
        if self._comma is not None:
            self._comma.setChecked(preferences.decimal_comma)

    def _change_text(self, way: int) -> None:
        preferences = self.preferences
        percent = text_percent_within(preferences.text_percent + way * TEXT_STEP_PERCENT)
        self.choose(replace(preferences, text_percent=percent))
        self._controller.message_shown.emit(f"Text at {percent} %.")

    def _next_depth(self) -> None:
        depths = list(DEPTHS)
        following = depths[(depths.index(self.preferences.depth) + 1) % len(depths)]
        self.choose(replace(self.preferences, depth=following))
        self._controller.message_shown.emit(f"Narration: {DEPTHS[following].replace('&', '').lower()}.")

    def ask(self) -> None:
        """The dialog of all preferences."""
        dialog = preferences_dialog.PreferencesDialog(self.preferences, self._window)
        dialog.chosen.connect(self.choose)
        dialog.show()
