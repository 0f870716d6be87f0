"""README and guide are true: links lead somewhere, keys, commands and names are all there, and what is shown runs as shown."""

import doctest
import itertools
import json
import pkgutil
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bpstudio
from bpstudio import resources, window_actions
from bpstudio.cli import COMMANDS, main
from bpstudio.errors import RunFileError
from bpstudio.explain.number_format import NumberFormat
from bpstudio.files import limits
from bpstudio.files.examples import example_names
from bpstudio.files.named_data import named_tables
from bpstudio.files.run_file import open_run, parse_run
from bpstudio.files.section import Section
from bpstudio.files.weights_npz import npz_bytes
from bpstudio.model.mistakes import Mistake, MistakeKind, gradients_with
from bpstudio.model.passes import Engine
from bpstudio.model.spec import (
    ActivationName,
    InitializerName,
    LossName,
    MomentumForm,
    NotationName,
    OptimizerName,
    Order,
    Reduction,
    ScheduleName,
    Summation,
    UpdateRule,
)
from bpstudio.panels.help_pages import read_pages
from bpstudio.program.levels import Level
from bpstudio.window_actions import ActionSpec

ROOT = Path(__file__).resolve().parents[1]
HELP_FOLDER = resources.path("help")
PAGES = sorted(HELP_FOLDER.glob("*.md"))
README = ROOT / "README.md"
EVERY_PAGE = [README, ROOT / "CONTRIBUTING.md", *PAGES]
_TARGET = re.compile(r"\]\(([^)\s]*)\)")
_ACTIONS = [
    spec
    for table in vars(window_actions).values()
    if isinstance(table, dict)
    for spec in table.values()
    if isinstance(spec, ActionSpec) and spec.keys
]
_RUN_FILE_NAMES = [
    ActivationName,
    InitializerName,
    LossName,
    MomentumForm,
    NotationName,
    OptimizerName,
    Order,
    Reduction,
    ScheduleName,
    Summation,
    UpdateRule,
]


def text_of(page: str) -> str:
    return (HELP_FOLDER / page).read_text(encoding="utf-8")


def blocks_of(path: Path, language: str) -> list[str]:
    """The fenced blocks of a language on a page, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


# Links and contents.


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.name)
def test_every_link_and_picture_is_there(page: Path) -> None:
    targets = [t.partition("#")[0] for t in _TARGET.findall(page.read_text(encoding="utf-8")) if "://" not in t]
    assert [target for target in targets if target and not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_heading_finds_it(page: Path) -> None:
    headings = {(p.name, heading.slug) for p in read_pages(HELP_FOLDER) for heading in p.headings}
    targets = [t.split("#") for t in _TARGET.findall(page.read_text(encoding="utf-8")) if "#" in t and "://" not in t]
    assert [t for t in targets if (t[0] or page.name, t[1]) not in headings] == []


def test_the_index_names_every_page() -> None:
    index = text_of("index.md")
    assert [page.name for page in PAGES if page.name != "index.md" and f"({page.name})" not in index] == []


@pytest.mark.parametrize("page", EVERY_PAGE, ids=lambda page: page.name)
def test_pages_hold_no_html(page: Path) -> None:
    """The guide's own window shows plain Markdown only."""
    prose = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"</?[a-z][^>]*>", prose) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_fits_into_the_window_of_the_guide(page: Path) -> None:
    blocks = re.findall(r"^```\w+\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert [line for block in blocks for line in block.splitlines() if len(line) > 88] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_words_part_code_from_what_follows(page: Path) -> None:
    """Two blocks of code would run together in the guide's window, and a table's first cell would look like code."""
    assert re.findall(r"^```\n+(?:```|\|).*", page.read_text(encoding="utf-8"), re.MULTILINE) == []


# Names: nothing the app has is missing from the guide.


@pytest.mark.parametrize("spec", _ACTIONS, ids=lambda spec: spec.name)
def test_every_key_of_the_window_is_in_the_guide_with_what_it_does(spec: ActionSpec) -> None:
    row = f"| {', '.join(spec.keys)} | {spec.tip} |"
    assert row in text_of("keys.md"), f"resources/help/keys.md lacks the row {row}"


def test_no_key_does_two_things() -> None:
    keys = [key for spec in _ACTIONS for key in spec.keys]
    assert [key for key in keys if keys.count(key) > 1] == []


def test_there_are_keys_to_tell_of() -> None:
    assert len(_ACTIONS) > 20


@pytest.mark.parametrize("names", _RUN_FILE_NAMES, ids=lambda names: names.__name__)
def test_every_name_a_run_file_takes_is_in_its_reference(names: type[ActivationName]) -> None:
    reference = text_of("run-file.md")
    assert [name.value for name in names if f"`{name.value}`" not in reference] == []


def test_every_data_set_is_in_the_reference() -> None:
    reference = text_of("run-file.md")
    assert [name for name in named_tables() if f"`{name}`" not in reference] == []


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.startswith("MOST_")])
def test_every_limit_of_a_run_file_is_in_the_reference(name: str) -> None:
    number: int = getattr(limits, name)
    shown = {"MOST_FILE_BYTES": "64 MiB", "MOST_SEED": "2⁶³ − 1"}.get(name, f"{number:,}")
    assert shown in text_of("run-file.md")


def test_every_level_is_explained() -> None:
    stepping = text_of("stepping.md")
    assert [level.label for level in Level if f"| {level.label} |" not in stepping] == []


def test_every_example_has_its_part() -> None:
    headings = {heading.text for page in read_pages(HELP_FOLDER) for heading in page.headings}
    assert [name for name in example_names() if name not in headings] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_in_the_guide(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    page = text_of("command-line.md")
    assert f"`bpstudio {command}" in page
    assert [option for option in sorted(options) if option not in page] == []


@pytest.mark.parametrize("kind", list(MistakeKind), ids=lambda kind: kind.name)
def test_every_known_mistake_is_in_the_guide(kind: MistakeKind) -> None:
    assert kind.value.replace("{l}", "l") in text_of("models.md")


# What contributors read agrees with pyproject.toml.


def settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_dependency_is_given_a_reason() -> None:
    project = settings()["project"]
    listed = {*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())}
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [requirement for requirement in sorted(listed) if f"| `{requirement}`" not in contributing] == []


def test_the_list_of_layers_is_that_of_the_contract() -> None:
    layers = settings()["tool"]["importlinter"]["contracts"][0]["layers"]
    assert "\n".join(layers) + "\n" in blocks_of(ROOT / "CONTRIBUTING.md", "text")


def test_every_room_is_on_the_map() -> None:
    house = blocks_of(ROOT / "CONTRIBUTING.md", "text")[0]
    rooms = [f"{m.name}/" if m.ispkg else f"{m.name}.py" for m in pkgutil.iter_modules(bpstudio.__path__)]
    assert [room for room in rooms if f"  {room} " not in house] == []


# Commands: each runs, and says what is shown.


TRAINED: list[bytes] = []
"""The session that pages speak of, made once."""


def prepare(folder: Path) -> None:
    """The files that pages speak of: the reference's run file and table, and a session."""
    reference = HELP_FOLDER / "run-file.md"
    (folder / "own.json").write_text(blocks_of(reference, "json")[0], encoding="utf-8")
    (folder / "flowers.csv").write_text(blocks_of(reference, "csv")[0], encoding="utf-8")
    weights = {"W1": np.eye(2), "b1": np.zeros(2), "W2": np.ones((1, 2)), "b2": np.zeros(1)}
    (folder / "weights.npz").write_bytes(npz_bytes(weights))
    wrong = gradients_with(Engine(open_run("two-layer-deltas")).compute(), Mistake(MistakeKind.NO_SLOPE, 2))
    arrays = {f"{name}{l}": values for l, g in wrong.items() for name, values in (("dW", g.weights), ("db", g.biases))}
    (folder / "gradients.npz").write_bytes(npz_bytes(arrays))
    if not TRAINED:
        session = bpstudio.open("xor")
        session.run_iterations(1000)
        session.save(folder / "xor.bps")
        TRAINED.append((folder / "xor.bps").read_bytes())
    (folder / "xor.bps").write_bytes(TRAINED[0])


def shell_lines() -> list[str]:
    blocks = [block for page in EVERY_PAGE for block in blocks_of(page, "sh")]
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return sorted({line for line in lines if line.startswith("bpstudio ")})


@pytest.mark.parametrize("line", shell_lines())
def test_every_command_shown_runs(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(line)[1:]) == 0
    assert capsys.readouterr().err == ""


def shown_commands() -> Iterator[tuple[str, str]]:
    """Each command of a console block, and the output shown below it."""
    for page in EVERY_PAGE:
        for block in blocks_of(page, "console"):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                line, _, output = part.partition("\n")
                yield line, output


def pattern_of(output: str) -> str:
    """`…` at the end of a line stands for its rest, on a line of its own for any lines."""
    patterns = [
        "(?:.*\n)*" if line == "…" else re.escape(line.removesuffix("…")) + (".*" if line.endswith("…") else "") + "\n"
        for line in output.strip().splitlines()
    ]
    return "".join(patterns)


@pytest.mark.parametrize(("line", "output"), [pytest.param(*shown, id=shown[0]) for shown in shown_commands()])
def test_every_output_shown_is_the_true_output(
    line: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    code = main(shlex.split(line)[1:])
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert re.fullmatch(pattern_of(output), said), said
    assert code == (2 if output.startswith("bpstudio: ") else 1 if "\nfailed: " in output else 0)


# Python: each block runs, and says what is shown.


def test_the_python_of_the_readme_says_what_it_says() -> None:
    for block in blocks_of(README, "python"):
        scope: dict[str, object] = {}
        for line in block.splitlines():
            code, _, comment = line.partition("  # ")
            if comment:
                assert repr(eval(code, scope)) == comment
            else:
                exec(code, scope)


def test_the_python_of_the_guide_says_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    session = "\n".join(blocks_of(HELP_FOLDER / "python.md", "python"))
    example = doctest.DocTestParser().get_doctest(session, {}, "python.md", "python.md", 0)
    report: list[str] = []
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=report.append)
    assert (results.failed, "".join(report)) == (0, "")
    assert results.attempted >= 10


# Run files: each piece of the reference is taken, and each key that is looked for is in it.


def documents() -> list[dict[str, object]]:
    """The reference's run file, and once with each of the pieces shown after it."""
    whole, *pieces = (json.loads(block) for block in blocks_of(HELP_FOLDER / "run-file.md", "json"))
    found = [whole]
    for piece in pieces:
        kept = {key: value for key, value in whole.items() if key != "initializer" or "parameters" not in piece}
        found.append({**kept, **piece})
    return found


@pytest.mark.parametrize("document", [pytest.param(d, id=str(k)) for k, d in enumerate(documents())])
def test_every_run_file_shown_opens_and_trains(document: Mapping[str, object], tmp_path: Path) -> None:
    prepare(tmp_path)
    spec = parse_run(dict(document), tmp_path)
    session = bpstudio.Session(spec)
    assert session.run_iterations(2) is None


def keys_looked_for(monkeypatch: pytest.MonkeyPatch, folder: Path) -> set[str]:
    """Every key that reading any kind of run file asks for."""
    asked: set[str] = set()
    has, value = Section.has, Section.value

    def note_has(section: Section, key: str) -> bool:
        asked.add(key)
        return has(section, key)

    def note_value(section: Section, key: str, default: object = None) -> object:
        asked.add(key)
        return value(section, key, default)

    monkeypatch.setattr(Section, "has", note_has)
    monkeypatch.setattr(Section, "value", note_value)
    rules: list[dict[str, object]] = [{"name": name.value, "learning_rate": 0.1} for name in OptimizerName]
    pieces: list[dict[str, object]] = [{"optimizer": rule} for rule in rules]
    pieces += [{"data": {"dataset": name}} for name in named_tables()]
    for piece in pieces:
        try:
            parse_run({**documents()[0], **piece}, folder)
        except RunFileError:
            continue  # a data set of another width: its keys have been asked for
    for document in documents():
        parse_run(document, folder)
    return asked


def test_every_key_of_a_run_file_is_in_its_reference(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    prepare(tmp_path)
    asked, reference = keys_looked_for(monkeypatch, tmp_path), text_of("run-file.md")
    assert len(asked) > 50
    assert [key for key in sorted(asked) if f"`{key}`" not in reference] == []


def test_the_mistake_shown_gets_the_sentence_shown(tmp_path: Path) -> None:
    document = json.loads(json.dumps(documents()[0]))
    document["network"]["layers"][1]["units"] = "two"
    with pytest.raises(RunFileError) as caught:
        parse_run(document, tmp_path)
    assert str(caught.value) in text_of("run-file.md")


# The walk to the first δ is as it is told.


@pytest.mark.parametrize("page", [README, HELP_FOLDER / "first-steps.md"], ids=lambda page: page.name)
def test_the_keys_of_the_first_steps_lead_to_the_numbers_told(page: Path) -> None:
    session = bpstudio.open("two-layer-deltas")
    told = page.read_text(encoding="utf-8")
    moments = []
    for level, presses in (("unit", 5), ("unit", 2), ("operation", 1), ("unit", 1), ("operation", 4)):
        for _ in range(presses):
            session.step(level)
        moments.append(session.program.operation(session.position - 1).address)
    assert [str(address) for address in moments] == [
        "a[3][0]",
        "sample_loss",
        "delta[3][0]",
        "sample_db[3][0]",
        "delta[2][0]",
    ]
    for address in ("a[3][0]", "sample_loss", "delta[3][0]", "e[2][0]", "slope[2][0]", "delta[2][0]"):
        value = session.value(address)
        assert value is not None
        assert NumberFormat(4).format(value) in told
