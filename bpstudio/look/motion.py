"""Whether the person has asked for less motion: Qt 6.11 cannot tell, so the places where systems keep it are read."""

import sys
from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

_NO = ("0", "false")


def is_motion_reduced() -> bool:
    """Whether animations are off in the settings of the desktop: GTK's and KDE's files, Windows's and macOS's own."""
    if sys.platform == "win32":
        return _is_off(QSettings(r"HKEY_CURRENT_USER\Control Panel\Desktop\WindowMetrics", _NATIVE), "MinAnimate")
    if sys.platform == "darwin":
        return str(QSettings("com.apple.universalaccess", "").value("reduceMotion", "0")) not in (*_NO, "")
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation))
    asked = [
        _is_off(_file(folder / f"gtk-{version}.0" / "settings.ini"), "Settings/gtk-enable-animations")
        for version in (3, 4)
    ]
    return any(asked) or _is_off(_file(folder / "kdeglobals"), "KDE/AnimationDurationFactor")


_NATIVE = QSettings.Format.NativeFormat


def _file(path: Path) -> QSettings:
    return QSettings(str(path), QSettings.Format.IniFormat)


def _is_off(settings: QSettings, key: str) -> bool:
    """Whether a switch is there and off; without it motion is welcome."""
    return str(settings.value(key, "")).strip().lower() in _NO
