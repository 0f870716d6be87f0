"""What is remembered between starts: recent files, the look, where docks are. Damaged settings never stop a start."""

import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from bpstudio.viewstate.preferences import (
    LARGEST_BUDGET,
    LARGEST_TEXT_PERCENT,
    MOST_DIGITS,
    SMALLEST_TEXT_PERCENT,
    Preferences,
    Signals,
)
from bpstudio.viewstate.selection import ThemeName

MOST_RECENT = 10
LAYOUT_VERSION = 4
_Name = TypeVar("_Name", bound=StrEnum)


class Settings:
    """A few values in an INI file in the user's configuration folder; anything unreadable counts as not set."""

    def __init__(self, path: Path | None = None) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
        at = path or Path(folder) / "bpstudio" / "bpstudio.ini"
        self.problem = ""
        """What was wrong with the settings, in one sentence; empty if nothing was."""
        self._store = QSettings(str(at), QSettings.Format.IniFormat)
        if self._store.status() is QSettings.Status.FormatError:
            self._put_aside(at)

    def _put_aside(self, path: Path) -> None:
        """Damaged settings must not stop a start: begin with new ones, and keep the others for whoever wants to look."""
        kept = path.with_name(f"{path.name}.damaged")
        try:
            os.replace(path, kept)
        except OSError:
            return
        self._store = QSettings(str(path), QSettings.Format.IniFormat)
        self.problem = f"The settings could not be read. They were moved to {kept}, and the standard ones are used."

    @property
    def recent(self) -> list[str]:
        """Paths opened last, the newest first."""
        found = self._store.value("recent", [])
        items = [found] if isinstance(found, str) else found
        return (
            [item for item in items if isinstance(item, str) and item][:MOST_RECENT] if isinstance(items, list) else []
        )

    def remember(self, path: str) -> None:
        """Put a path at the head of the recent ones."""
        kept = [path, *(other for other in self.recent if other != path)]
        self._store.setValue("recent", kept[:MOST_RECENT])

    def forget_recent(self) -> None:
        """Empty the list of recent files."""
        self._store.remove("recent")

    @property
    def preferences(self) -> Preferences:
        """What was chosen for good; whatever cannot be read is as at first."""
        standard = Preferences()
        return Preferences(
            self._name("theme", standard.theme),
            self._whole("text_percent", standard.text_percent, SMALLEST_TEXT_PERCENT, LARGEST_TEXT_PERCENT),
            self._whole("digits", standard.digits, 1, MOST_DIGITS),
            self._name("number_style", standard.number_style),
            str(self._store.value("decimal_comma", "")).lower() == "true",
            self._name("narration", standard.depth),
            self._whole("history_megabytes", standard.budget_megabytes, 1, LARGEST_BUDGET),
        )

    @preferences.setter
    def preferences(self, chosen: Preferences) -> None:
        values = {
            "theme": chosen.theme.value,
            "text_percent": chosen.text_percent,
            "digits": chosen.digits,
            "number_style": chosen.number_style.value,
            "decimal_comma": "true" if chosen.decimal_comma else "false",
            "narration": chosen.depth.value,
            "history_megabytes": chosen.budget_megabytes,
        }
        for name, value in values.items():
            self._store.setValue(name, value)

    def _name(self, key: str, standard: _Name) -> _Name:
        try:
            return type(standard)(str(self._store.value(key, standard.value)))
        except ValueError:
            return standard

    def _whole(self, key: str, standard: int, least: int, most: int) -> int:
        try:
            return min(most, max(least, int(str(self._store.value(key, standard)))))
        except ValueError:
            return standard

    @property
    def theme(self) -> ThemeName:
        """The chosen look."""
        return self.preferences.theme

    @theme.setter
    def theme(self, name: ThemeName) -> None:
        self.preferences = replace(self.preferences, theme=name)

    @property
    def signals(self) -> Signals | None:
        """How fast signals run along edges; None as long as nobody has chosen."""
        try:
            return Signals(str(self._store.value("signals", "")))
        except ValueError:
            return None

    @signals.setter
    def signals(self, signals: Signals) -> None:
        self._store.setValue("signals", signals.value)

    @property
    def export_choices(self) -> dict[str, str]:
        """What was chosen at the last export, as texts by name."""
        self._store.beginGroup("export")
        found = {name: str(self._store.value(name, "")) for name in self._store.childKeys()}
        self._store.endGroup()
        return found

    @export_choices.setter
    def export_choices(self, choices: dict[str, str]) -> None:
        for name, text in choices.items():
            self._store.setValue(f"export/{name}", text)

    @property
    def export_folder(self) -> str:
        """Where the last export went; empty before the first and when it is gone."""
        found = str(self._store.value("export_folder", ""))
        return found if found and Path(found).is_dir() else ""

    @export_folder.setter
    def export_folder(self, folder: str) -> None:
        self._store.setValue("export_folder", folder)

    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """The window's geometry and the docks' places, if they were kept."""
        geometry, state = (str(self._store.value(name, "")) for name in ("geometry", "docks"))
        if not geometry or not state:
            return None
        return QByteArray.fromHex(geometry.encode()), QByteArray.fromHex(state.encode())

    def keep_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Keep them for the next start."""
        self._store.setValue("geometry", bytes(geometry.toHex().data()).decode())
        self._store.setValue("docks", bytes(state.toHex().data()).decode())
        self._store.sync()

    def forget_layout(self) -> None:
        """Start with the standard places again."""
        self._store.remove("geometry")
        self._store.remove("docks")
