"""What is remembered between starts: recent files, the look, where docks are. Damaged settings never stop a start."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from bpstudio.viewstate.selection import ThemeName

MOST_RECENT = 10
LAYOUT_VERSION = 4
STANDARD_BUDGET = 256
LARGEST_BUDGET = 65_536


class Settings:
    """A few values in an INI file in the user's configuration folder; anything unreadable counts as not set."""

    def __init__(self, path: Path | None = None) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
        at = path or Path(folder) / "bpstudio" / "bpstudio.ini"
        self._store = QSettings(str(at), QSettings.Format.IniFormat)

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
    def theme(self) -> ThemeName:
        """The chosen look."""
        try:
            return ThemeName(str(self._store.value("theme", ThemeName.SYSTEM.value)))
        except ValueError:
            return ThemeName.SYSTEM

    @theme.setter
    def theme(self, name: ThemeName) -> None:
        self._store.setValue("theme", name.value)

    @property
    def budget_megabytes(self) -> int:
        """What the history of a run may take, in MB."""
        try:
            return min(LARGEST_BUDGET, max(1, int(str(self._store.value("history_megabytes", STANDARD_BUDGET)))))
        except ValueError:
            return STANDARD_BUDGET

    @budget_megabytes.setter
    def budget_megabytes(self, megabytes: int) -> None:
        self._store.setValue("history_megabytes", megabytes)

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
