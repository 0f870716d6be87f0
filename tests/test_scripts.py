"""The commands of the README: what they install, when they do not, and what they say."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.machine import ROOT, Machine

PYTEST = "python -m pytest -n auto --maxprocesses 8 --dist worksteal"
SCRIPTS = ["scripts/run", "scripts/test", "scripts/check", ".ci/run"]
INSTALLS = "pip install --compile --editable"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.mark.parametrize("script", [*SCRIPTS, "scripts/environment.sh"])
def test_bash_can_read_it(script: str) -> None:
    subprocess.run(["bash", "-n", str(ROOT / script)], check=True, timeout=10)


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_can_be_started(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    assert (ROOT / script).read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n# ")


def test_what_makes_the_pictures_finds_all_it_imports() -> None:
    """Its modules are no part of the package: types and lint do not see a name that has moved."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", "import make_pictures"]
    done = subprocess.run(command, cwd=ROOT / "scripts", env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_first_start_makes_an_environment_with_bytecode_and_passes_the_arguments_on(machine: Machine) -> None:
    done = machine.run("scripts/run", "values", "a b.json", "w[1]")
    assert done.returncode == 0, done.stderr
    project = machine.project
    assert machine.log() == [
        f"python -m venv --clear {project}/.venv",
        f"python -m {INSTALLS} {project}",
        f"python -m compileall -q {project}/bpstudio",
        "python -m bpstudio values a b.json w[1]",
    ]
    assert "making" in done.stderr
    assert "installing Python packages" in done.stderr


def test_the_second_start_installs_nothing(machine: Machine) -> None:
    machine.run("scripts/run", "examples")
    machine.log()
    done = machine.run("scripts/run", "examples")
    assert machine.log() == ["python -m bpstudio examples"]
    assert done.stderr == ""


def test_a_changed_pyproject_is_installed_again_in_the_same_environment(machine: Machine) -> None:
    machine.run("scripts/run", "examples")
    with (machine.project / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n# another dependency\n")
    machine.log()
    machine.run("scripts/run", "examples")
    log = "\n".join(machine.log())
    assert INSTALLS in log
    assert "venv" not in log.replace("/.venv", "")


def test_a_moved_clone_is_installed_again(machine: Machine) -> None:
    machine.run("scripts/run", "examples")
    machine.project = machine.project.rename(machine.folder / "moved")
    machine.log()
    machine.run("scripts/run", "examples")
    assert f"python -m {INSTALLS} {machine.project}" in machine.log()


def test_what_the_tests_need_is_enough_for_the_app(machine: Machine) -> None:
    machine.run("scripts/test")
    machine.log()
    machine.run("scripts/run", "examples")
    assert machine.log() == ["python -m bpstudio examples"]


def test_what_the_app_needs_is_not_enough_for_the_tests(machine: Machine) -> None:
    machine.run("scripts/run", "examples")
    machine.log()
    machine.run("scripts/test")
    assert f"python -m {INSTALLS} {machine.project}[test]" in machine.log()


def test_a_failed_installation_stops_and_is_tried_again(machine: Machine) -> None:
    done = machine.run("scripts/run", "examples", PIP_EXIT="1")
    assert done.returncode == 1
    assert "pip could not install" in done.stderr
    assert "python -m bpstudio examples" not in machine.log()
    machine.run("scripts/run", "examples")
    assert f"python -m {INSTALLS} {machine.project}" in machine.log()


def test_missing_system_packages_are_named_and_installed_as_root(machine: Machine) -> None:
    machine.install(*(name for name in machine.installed() if name not in {"libegl1", "libxcb-cursor0"}))
    done = machine.run("scripts/run", "examples")
    update, install, *_ = machine.log()
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends libegl1 libxcb-cursor0")
    assert "installing with apt-get: libegl1 libxcb-cursor0" in done.stderr


def test_a_user_installs_with_sudo(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", user=1000)
    machine.install()
    machine.run("scripts/run", "examples")
    assert [line for line in machine.log() if line.startswith("sudo ")][1].endswith(" fonts-dejavu-core")


def test_without_root_and_sudo_it_says_what_stays_missing_and_goes_on(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", user=1000, without=("sudo",))
    machine.install(*(name for name in machine.installed() if name != "libegl1"))
    done = machine.run("scripts/run", "examples")
    assert "stay missing: libegl1" in done.stderr
    assert machine.log()[-1] == "python -m bpstudio examples"


def test_apt_is_left_alone_on_request(machine: Machine) -> None:
    machine.install()
    done = machine.run("scripts/run", "examples", BPSTUDIO_NO_APT="1")
    assert "not installing (BPSTUDIO_NO_APT=1): ca-certificates libegl1 " in done.stderr
    assert not [line for line in machine.log() if "apt-get" in line]


def test_an_apt_that_fails_stops_everything(machine: Machine) -> None:
    machine.install()
    done = machine.run("scripts/run", "examples", APT_EXIT="100")
    assert done.returncode == 1
    assert "apt-get could not install" in done.stderr


def test_renamed_libraries_count_as_installed(machine: Machine) -> None:
    machine.install(*(name.replace("libglib2.0-0", "libglib2.0-0t64") for name in machine.installed()))
    machine.run("scripts/run", "examples")
    assert not [line for line in machine.log() if "apt-get" in line]


def test_a_machine_without_python_is_given_one(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", without=("python3",))
    done = machine.run("scripts/run", "examples")
    assert [line.split("recommends ")[1] for line in machine.log() if "recommends" in line] == [
        "python3 python3-venv",
        "python3.11 python3.11-venv",
    ]
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr


def test_without_a_display_there_are_pictures_and_a_sentence(machine: Machine) -> None:
    pictures = machine.folder / "my pictures"
    pictures.mkdir()
    (pictures / "0001.png").touch()
    done = machine.run("scripts/run", BPSTUDIO_PICTURES=str(pictures))
    assert machine.log()[-1] == (
        f"python -m bpstudio export two-layer-deltas --iteration 0 --level unit --output {pictures}"
    )
    assert "there is no display here" in done.stderr
    assert f"1 pictures are in {pictures}" in done.stderr


def open_display(folder: Path) -> socket.socket:
    """A socket where an X server would have it."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / "X7"))
    return server


@pytest.mark.parametrize(("display", "is_there"), [(":7", True), (":7.0", True), (":8", False), ("far:0", True)])
def test_a_display_counts_when_somebody_serves_it(machine: Machine, display: str, is_there: bool) -> None:
    with open_display(machine.folder):
        machine.run("scripts/run", DISPLAY=display, BPSTUDIO_X11_SOCKETS=str(machine.folder))
    assert (machine.log()[-1] == "python -m bpstudio") == is_there


def test_a_wayland_display_counts(machine: Machine) -> None:
    with open_display(machine.folder):
        machine.run("scripts/run", WAYLAND_DISPLAY="X7", XDG_RUNTIME_DIR=str(machine.folder))
    assert machine.log()[-1] == "python -m bpstudio"


def test_tests_get_their_arguments(machine: Machine) -> None:
    machine.run("scripts/test", "-k", "a b")
    assert machine.log()[-1] == f"{PYTEST} -k a b"


def test_torch_comes_from_a_local_wheel_or_not_at_all(machine: Machine) -> None:
    done = machine.run("scripts/test")
    assert "python -m pip install --quiet --no-index --no-deps torch==2.13.0" in machine.log()
    assert "no local wheel of torch==2.13.0" in done.stderr
    machine.run("scripts/test")
    assert machine.log() == [PYTEST]


def test_a_local_wheel_of_torch_is_used(machine: Machine) -> None:
    done = machine.run("scripts/test", LOCAL_WHEEL_EXIT="0")
    assert "python -m pip install --quiet torch==2.13.0" in machine.log()
    assert "installing torch==2.13.0 from a local wheel" in done.stderr


def test_continuous_integration_runs_the_tests_as_the_readme_says(machine: Machine) -> None:
    done = machine.run(".ci/run", CI="true")
    assert done.returncode == 0, done.stderr
    assert machine.log()[-1] == PYTEST


def test_the_readme_names_the_two_commands_on_its_first_screen() -> None:
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:40]
    for command in ("scripts/run", "scripts/test"):
        assert any(line.startswith(command) for line in first_screen)
