"""README and guide are true: links lead somewhere, keys and commands are all named, and what they show runs."""

import re
import shlex
from pathlib import Path

import pytest

from bpstudio import resources
from bpstudio.cli import main
from bpstudio.files.named_data import named_tables
from bpstudio.model.spec import ActivationName, LossName, MomentumForm, NotationName, OptimizerName, ScheduleName
from bpstudio.window_actions import FILE, HELP, MOVES, RUN, VIEW

ROOT = Path(__file__).resolve().parents[1]
HELP_FOLDER = resources.path("help")
PAGES = sorted(HELP_FOLDER.glob("*.md"))
EVERY_PAGE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
_TARGET = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
_SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def text_of(page: str) -> str:
    return (HELP_FOLDER / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.name)
def test_every_link_and_picture_is_there(page: Path) -> None:
    targets = [t for t in _TARGET.findall(page.read_text(encoding="utf-8")) if "://" not in t]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_the_index_names_every_page() -> None:
    index = text_of("index.md")
    assert [page.name for page in PAGES if page.name != "index.md" and f"({page.name})" not in index] == []


def test_every_key_of_the_window_is_in_the_guide() -> None:
    keys = text_of("keys.md")
    specs = [*MOVES.values(), *RUN.values(), *FILE.values(), *VIEW.values(), *HELP.values()]
    assert [key for spec in specs for key in spec.keys if key not in keys] == []


@pytest.mark.parametrize(
    "names",
    [ActivationName, LossName, MomentumForm, NotationName, OptimizerName, ScheduleName],
    ids=lambda e: e.__name__,
)
def test_every_name_a_run_file_takes_is_in_its_reference(names: type[ActivationName]) -> None:
    reference = text_of("run-file.md")
    assert [name.value for name in names if name.value not in reference] == []


def test_every_data_set_is_in_the_reference() -> None:
    reference = text_of("run-file.md")
    assert [name for name in named_tables() if f"`{name}`" not in reference] == []


def shell_lines() -> list[str]:
    blocks = [block for page in EVERY_PAGE for block in _SHELL.findall(page.read_text(encoding="utf-8"))]
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return sorted({line for line in lines if line.startswith("bpstudio ")})


@pytest.mark.parametrize("line", shell_lines())
def test_every_command_shown_runs(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(line)[1:]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""


@pytest.mark.parametrize("page", [ROOT / "README.md", HELP_FOLDER / "python.md"], ids=lambda page: page.name)
def test_the_python_shown_runs_and_says_what_it_says(page: Path) -> None:
    for block in _PYTHON.findall(page.read_text(encoding="utf-8")):
        scope: dict[str, object] = {}
        for line in block.splitlines():
            code, _, comment = line.partition("  # ")
            try:
                value: object = _run(code.strip(), scope)
            except SyntaxError as error:
                pytest.fail(f"{line}: {error}")
            if re.fullmatch(r"\s*-?[0-9.]+", comment):
                assert value == float(comment)


def _run(code: str, scope: dict[str, object]) -> object:
    if not code:
        return None
    try:
        compiled = compile(code, "guide", "eval")
    except SyntaxError:
        exec(compile(code, "guide", "exec"), scope)
        return None
    return eval(compiled, scope)


def test_the_run_file_shown_opens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = re.search(r"```json\n(.*?)```", text_of("run-file.md"), re.DOTALL)
    assert found is not None
    path = tmp_path / "own.json"
    path.write_text(found[1], encoding="utf-8")
    assert main(["values", str(path), "loss"]) == 0
