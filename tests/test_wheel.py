"""The installed program is complete: a wheel carries every resource, its notices, and the command."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bpstudio import resources

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return next(folder.glob("bpstudio-*.whl"))


def test_a_wheel_carries_every_resource(wheel: Path) -> None:
    shipped = {path.relative_to(ROOT) for path in resources.ROOT.rglob("*") if path.is_file()}
    assert shipped
    assert {f"bpstudio/_{path}" for path in shipped} <= set(zipfile.ZipFile(wheel).namelist())


def test_a_wheel_carries_licences_and_the_command(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    names = archive.namelist()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    entry_points = next(name for name in names if name.endswith("entry_points.txt"))
    assert "bpstudio = bpstudio.cli:main" in archive.read(entry_points).decode()


def test_an_installed_wheel_finds_its_own_resources(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = "from bpstudio import resources; print(resources.path('fonts', 'DejaVuSans.ttf').is_file(), resources.ROOT)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.strip() == f"True {tmp_path / 'bpstudio' / '_resources'}"


def test_a_clone_reads_its_own_folder() -> None:
    assert resources.ROOT == ROOT / "resources"


@pytest.mark.parametrize("font", sorted(path.name for path in resources.path("fonts").glob("*.ttf")))
def test_every_shipped_font_is_covered_by_a_notice(font: str) -> None:
    assert font.startswith("DejaVu")
    notice = resources.path("licenses", "DejaVu-fonts.txt").read_text(encoding="utf-8")
    assert "Bitstream" in notice
