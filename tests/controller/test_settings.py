"""Settings: preferences come back at the next start, and damaged ones never stop it."""

from pathlib import Path

import pytest

from bpstudio.controller.settings import Settings
from bpstudio.explain.narration import Depth
from bpstudio.explain.number_format import NumberStyle
from bpstudio.viewstate.preferences import Preferences
from bpstudio.viewstate.selection import ThemeName

CHOSEN = Preferences(ThemeName.DARK, 150, 6, NumberStyle.SCIENTIFIC, True, Depth.CODE, 512)


def test_preferences_come_back(tmp_path: Path) -> None:
    first = Settings(tmp_path / "settings.ini")
    assert first.preferences == Preferences()
    first.preferences = CHOSEN
    del first
    assert Settings(tmp_path / "settings.ini").preferences == CHOSEN


@pytest.mark.parametrize("key", ["theme", "text_percent", "digits", "number_style", "narration", "history_megabytes"])
def test_what_cannot_be_read_is_as_at_first(tmp_path: Path, key: str) -> None:
    path = tmp_path / "settings.ini"
    path.write_text(f"[General]\n{key}=@Invalid nonsense\n", encoding="utf-8")
    assert Settings(path).preferences == Preferences()


def test_sizes_out_of_range_become_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    path.write_text("[General]\ntext_percent=900\ndigits=0\n", encoding="utf-8")
    found = Settings(path).preferences
    assert (found.text_percent, found.digits) == (200, 1)
