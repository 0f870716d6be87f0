"""A machine in a folder: a copy of the scripts, and stand-ins for apt, dpkg, sudo and Python that log their calls."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = """bash env cat cut cp chmod dirname find flock grep
id mkdir sed sha256sum uname wc""".split()  # noqa: SIM905

STAND_INS = {
    "dpkg-query": """
        shift 2
        for package; do
            if grep -qx "$package" "$MACHINE/installed"; then echo "$package installed"; else unknown=1; fi
        done
        exit "${unknown:-0}"
    """,
    "apt-get": """
        echo "apt-get $*" >>"$MACHINE/log"
        case "$*" in *install*) exit "${APT_EXIT:-0}" ;; esac
    """,
    "python3": """
        case "$*" in
            -VV) echo "Python 3.11.2 (stand-in)"; exit ;;
            --version) echo "Python 3.11.2"; exit ;;
            "-c import sys, venv"* | "-m pip --version") exit ;;
        esac
        echo "python $*" >>"$MACHINE/log"
        case "$*" in
            "-m venv "*) mkdir -p "${@: -1}/bin" && cp "$0" "${@: -1}/bin/python" ;;
            *"pip install"*"--no-index"*) exit "${LOCAL_WHEEL_EXIT:-1}" ;;
            *"pip install"*) exit "${PIP_EXIT:-0}" ;;
        esac
    """,
    "sudo": """echo "sudo $*" >>"$MACHINE/log"; "$@" """,
}


class Machine:
    """Holds a project with the real scripts and a PATH of stand-ins; ``log`` is what they were asked."""

    def __init__(self, folder: Path, *, user: int = 0, without: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.project = folder / "clone of bpstudio"
        self._bin = folder / "bin"
        self._bin.mkdir(parents=True)
        for tool in TOOLS:
            self._link(tool)
        for name, text in STAND_INS.items() | {("id", f"echo {user}")}:
            if name not in without:
                self._write(name, text)
        shutil.copytree(ROOT / "scripts", self.project / "scripts")
        shutil.copytree(ROOT / ".ci", self.project / ".ci")
        shutil.copy(ROOT / "pyproject.toml", self.project)
        (self.project / "bpstudio").mkdir()
        self.install(*self._all_packages())

    def _link(self, tool: str) -> None:
        real = shutil.which(tool)
        assert real is not None, tool
        (self._bin / tool).symlink_to(real)

    def _write(self, name: str, text: str) -> None:
        (self._bin / name).unlink(missing_ok=True)
        (self._bin / name).write_text(f"#!{shutil.which('bash')}\n{text}", encoding="utf-8")
        (self._bin / name).chmod(0o755)

    def _all_packages(self) -> list[str]:
        listing = 'source scripts/environment.sh; echo "${RUN_PACKAGES[@]}" "${TEST_PACKAGES[@]}"'
        done = subprocess.run(
            ["bash", "-c", listing], cwd=self.project, capture_output=True, text=True, check=True, timeout=10
        )
        return done.stdout.split()

    def install(self, *packages: str) -> None:
        """Let dpkg know exactly these packages."""
        (self.folder / "installed").write_text("\n".join(packages) + "\n", encoding="utf-8")

    def installed(self) -> list[str]:
        """The packages that dpkg knows."""
        return (self.folder / "installed").read_text(encoding="utf-8").split()

    def log(self) -> list[str]:
        """What the stand-ins were asked since the last look."""
        path = self.folder / "log"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def run(self, script: str, *args: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run one of the project's scripts with nothing in the environment but what is given here."""
        return subprocess.run(
            [str(self.project / script), *args],
            cwd=self.folder,
            env={"PATH": str(self._bin), "MACHINE": str(self.folder), "HOME": str(self.folder)} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
