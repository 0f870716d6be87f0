"""TikZ and worked solutions: they compile, they hold every operation, and no text can break them."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bpstudio.explain.align import align_rows
from bpstudio.explain.notation import notation as names_of
from bpstudio.explain.number_format import NumberFormat
from bpstudio.explain.trace import TraceFormat, trace, write_trace
from bpstudio.export.given import Given
from bpstudio.export.jobs import figure_file
from bpstudio.export.latex_text import latex_comment, latex_text, lost_comment
from bpstudio.export.presets import PAPER
from bpstudio.export.steps import StepsOptions, run_to_end
from bpstudio.export.tikz import MOST_UNITS, tikz_document
from bpstudio.export.worked import Heading, WorkedOperation, Worker, markdown, markdown_head
from bpstudio.export.worked_export import WorkedExport
from bpstudio.files.run_file import open_run
from bpstudio.model.address import Address, Quantity
from bpstudio.model.spec import NotationName
from bpstudio.program.levels import Level
from bpstudio.session.session import Session
from bpstudio.viewstate.export_choices import ExportChoices, ExportFormat, PresetName, Subject
from bpstudio.viewstate.selection import ViewOptions
from bpstudio.viewstate.theme import DARK, HIGH_CONTRAST, LIGHT, Theme

HOSTILE = 'a_b^c {d} \\end{document} % $x$ & #1 ~ "q" <t> | 日本 é δ⁽²⁾₁ … −3·4'


def at(name: str, position: int) -> Session:
    session = Session(open_run(name))
    session.seek(position=position)
    return session


def hostile_session(position: int) -> Session:
    spec = open_run("two-layer-deltas")
    names = tuple(HOSTILE for _ in spec.dataset.input_names)
    session = Session(replace(spec, title=HOSTILE, dataset=replace(spec.dataset, input_names=names)))
    session.seek(position=position)
    return session


def compiled(text: str, folder: Path) -> bytes:
    """The PDF that pdflatex makes of a document; the test is skipped where there is no pdflatex."""
    program = shutil.which("pdflatex")
    if program is None:
        pytest.skip("pdflatex is not installed (Debian: texlive-latex-base texlive-latex-recommended texlive-pictures)")
    (folder / "document.tex").write_text(text)
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "document.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60)
    log = done.stdout.decode(errors="replace")
    assert done.returncode == 0, log[-3000:]
    assert "Missing character" not in (folder / "document.log").read_text(errors="replace")
    return (folder / "document.pdf").read_bytes()


@pytest.mark.parametrize(
    ("name", "position", "notation"),
    [
        ("two-layer-deltas", 50, NotationName.THETA),
        ("two-layer-deltas", 58, NotationName.MATRIX),
        ("two-layer-deltas", 0, NotationName.NIELSEN),
        ("two-layer-deltas", 160, NotationName.CODE),
        ("iris", 70_000, NotationName.NIELSEN),
    ],
)
def test_tikz_compiles(name: str, position: int, notation: NotationName, tmp_path: Path) -> None:
    view = ViewOptions(notation=notation)
    assert compiled(tikz_document(at(name, position), view), tmp_path).startswith(b"%PDF")
    assert "(1 page" in (tmp_path / "document.log").read_text(errors="replace")


@pytest.mark.parametrize("notation", [NotationName.THETA, NotationName.MATRIX])
def test_no_line_of_equations_is_wider_than_its_page(notation: NotationName, tmp_path: Path) -> None:
    session = Session(open_run("iris"))
    records = trace(
        session.program,
        lambda _iteration: session.tape,
        0,
        40,
        Level.OPERATION,
        names_of(notation, session.spec),
        number_format=NumberFormat(6),
        is_latex=True,
    )
    body = "".join(write_trace(records, TraceFormat.LATEX))
    head = "\\documentclass{article}\\usepackage{amsmath}\\allowdisplaybreaks\\begin{document}\n"
    compiled(f"{head}{body}\\end{{document}}\n", tmp_path)
    assert "Overfull" not in (tmp_path / "document.log").read_text(errors="replace")


def test_tikz_draws_every_unit_and_edge_with_its_number() -> None:
    session = at("two-layer-deltas", 58)
    text = tikz_document(session, ViewOptions(notation=NotationName.NIELSEN))
    assert len(re.findall(r"\\node\[unit", text)) == 2 + 2 + 2 + 1
    edges = [
        line for line in text.splitlines() if line.startswith(r"  \draw[") and "unit-" in line and "at work" not in line
    ]
    assert len(edges) == 4 + 4 + 2
    for line in edges:
        (below, source), (above, unit) = re.findall(r"\(unit-(\d)-(\d)\)", line)
        weight = session.tape.value(Address(Quantity.WEIGHT, int(above), (int(unit), int(source))))
        assert int(above) == int(below) + 1
        assert f"{{${weight:g}$}}" in line
        assert ("negative" in line) == (weight < 0.0)


def test_tikz_shows_only_what_is_computed_at_this_moment() -> None:
    before, after = (tikz_document(at("two-layer-deltas", p), ViewOptions()) for p in (49, 50))
    assert before.count(r"\node[delta") == 3
    assert after.count(r"\node[delta") == 3
    assert after.count(r"\node[new delta") == 1
    assert r"\node[new delta" not in before


def test_tikz_leaves_units_of_large_layers_out_and_says_so_but_not_those_at_work() -> None:
    session = Session(open_run("digits"))
    session.seek(position=70)
    text = tikz_document(session, ViewOptions())
    assert len(re.findall(r"\(unit-0-\d+\) at", text)) <= MOST_UNITS + 1
    assert re.search(r"\d+ more", text)


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda theme: theme.name)
def test_tikz_has_the_colours_of_the_theme_that_is_asked_for_and_a_dark_ground(theme: Theme, tmp_path: Path) -> None:
    session, choices = at("two-layer-deltas", 58), ExportChoices(Subject.FIGURE, ExportFormat.TEX)
    text = figure_file(session, choices, ViewOptions(), theme).decode()
    assert rf"\definecolor{{bpbackground}}{{HTML}}{{{theme.background[1:]}}}" in text
    assert rf"\definecolor{{bppositive}}{{HTML}}{{{theme.positive[1:]}}}" in text
    assert ("show background rectangle" in text) == theme.is_dark
    paper = figure_file(session, replace(choices, preset=PresetName.PAPER), ViewOptions(), theme).decode()
    assert rf"\definecolor{{bpbackground}}{{HTML}}{{{PAPER.background[1:]}}}" in paper
    assert "show background rectangle" not in paper
    compiled(text, tmp_path)


def test_tikz_is_the_same_each_time() -> None:
    assert tikz_document(at("iris", 900), ViewOptions()) == tikz_document(at("iris", 900), ViewOptions())


def boxes(document: bytes, folder: Path) -> list[tuple[str, float, float, float, float]]:
    """Each word of a PDF with its left, top, right and bottom in points; the test is skipped where there is no pdftotext."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed (Debian: poppler-utils)")
    (folder / "words.pdf").write_bytes(document)
    subprocess.run([program, "-bbox", "words.pdf"], cwd=folder, check=True, timeout=60)
    pattern = r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>'
    found = re.findall(pattern, (folder / "words.html").read_text())
    return [(word, *map(float, places)) for *places, word in found]


def test_tall_equations_below_a_tikz_picture_stay_apart(tmp_path: Path) -> None:
    """The second line stands below the lowest letter of the first: a choice of two lines, then its number."""
    words = boxes(
        compiled(tikz_document(at("matrix-form", 65), ViewOptions(notation=NotationName.MATRIX)), tmp_path), tmp_path
    )
    first = max(bottom for word, _, _, _, bottom in words if word == "otherwise")
    last = max(words, key=lambda each: each[4])
    assert last[0] == "1"
    assert last[2] >= first + 4.0


@pytest.mark.parametrize("name", [NotationName.MATRIX, NotationName.NIELSEN, NotationName.CODE])
def test_tikz_has_the_bias_of_each_unit_below_it(name: NotationName, tmp_path: Path) -> None:
    text = tikz_document(at("mazur", 0), ViewOptions(notation=name))
    assert text.count(r"{$+\,0.35$}") == 2
    assert text.count(r"{$+\,0.6$}") == 2
    assert r"\node[bias]" not in tikz_document(at("mazur", 0), ViewOptions(notation=NotationName.THETA))
    compiled(text, tmp_path)


def test_tikz_names_the_targets_where_that_says_more_than_their_symbol() -> None:
    assert r"\\setosa}" in tikz_document(at("iris", 0), ViewOptions())
    assert r"\\o1}" in tikz_document(at("mazur", 0), ViewOptions())
    assert r"\\y1}" not in tikz_document(at("matrix-form", 0), ViewOptions())


def test_numbers_of_many_digits_are_short_in_the_units_of_a_tikz_picture() -> None:
    text = tikz_document(at("mazur", 40), ViewOptions(digits=16))
    units = [line for line in text.splitlines() if r"\node[unit" in line]
    assert len(units) == 6
    assert any("{$a^{(3)}_{1}$\\\\$0.75$}" in line for line in units)
    assert all(len(number) <= 4 for line in units for number in re.findall(r"[\d.]{3,}(?=\$\})", line))
    assert re.search(r"\d\.\d{15}", text), "δ and the formula have every digit"


def test_letters_that_latex_lacks_are_named(tmp_path: Path) -> None:
    assert lost_comment("é δ⁽²⁾₁ ŷ ? ok") == ()
    session = hostile_session(58)
    assert "% set as ?, for pdfLaTeX lacks them: 日 本\n" in tikz_document(session, ViewOptions())
    text = worked(hostile_session(0), tmp_path / "x.tex", ExportFormat.TEX, NotationName.THETA, 3)
    assert text.splitlines()[1] == "% set as ?, for pdfLaTeX lacks them: 日 本"


def test_no_name_can_break_a_document(tmp_path: Path) -> None:
    session = hostile_session(58)
    text = tikz_document(session, ViewOptions())
    assert text.count(r"\end{document}") == 2, "once as a comment, once at the end"
    assert latex_comment("a\nb").count("\n") == 0
    compiled(text, tmp_path)


def test_escaped_text_keeps_its_meaning() -> None:
    assert latex_text("50 % & {x}_1 δ⁽²⁾₁ −3") == r"50 \% \& \{x\}\_1 $\delta^{(2)}_{1}$ $-$3"
    assert latex_text("5$δ") == r"5\textdollar{}$\delta$"
    assert latex_text("ŷ") == r"$\hat{y}$"
    assert latex_text("日") == "?"


def worked(session: Session, path: Path, file_format: ExportFormat, notation: NotationName, end: int) -> str:
    options = StepsOptions(0, end, Level.OPERATION, file_format)
    run_to_end(WorkedExport(session, path, options, ViewOptions(notation=notation)))
    return path.read_text()


@pytest.mark.parametrize("notation", list(NotationName))
def test_a_worked_solution_compiles(notation: NotationName, tmp_path: Path) -> None:
    session = hostile_session(0)
    end = session.program.iteration_start(1)
    text = worked(session, tmp_path / "x.tex", ExportFormat.TEX, notation, end)
    assert text.count(r"\operation{") == end
    assert (r"\begin{align*}" in text) == (notation is not NotationName.CODE)
    compiled(text, tmp_path)


def test_a_worked_solution_of_a_softmax_with_an_optimizer_compiles(tmp_path: Path) -> None:
    session = Session(open_run("iris"))
    start = session.program.iteration_start(1)
    options = StepsOptions(start - 160, start, Level.OPERATION, ExportFormat.TEX)
    run_to_end(WorkedExport(session, tmp_path / "x.tex", options, ViewOptions()))
    first = StepsOptions(0, 110, Level.OPERATION, ExportFormat.TEX)
    run_to_end(WorkedExport(session, tmp_path / "y.tex", first, ViewOptions()))
    compiled((tmp_path / "x.tex").read_text(), tmp_path)
    compiled((tmp_path / "y.tex").read_text(), tmp_path)


def test_a_worked_solution_has_each_operation_once_under_its_headings(tmp_path: Path) -> None:
    session = Session(open_run("two-layer-deltas"))
    end = session.program.iteration_start(1)
    text = worked(session, tmp_path / "x.md", ExportFormat.MARKDOWN, NotationName.THETA, end)
    assert [int(number) for number in re.findall(r"^\*\*(\d+)\*\*", text, re.MULTILINE)] == list(range(end))
    headings = re.findall(r"^(#+) (.*)$", text, re.MULTILINE)
    assert headings[:7] == [
        ("#", session.spec.title),
        ("##", "Given at the start of iteration 0"),
        ("##", "Iteration 0"),
        ("###", "Sample 1 of 2"),
        ("####", "Forward pass"),
        ("#####", "Layer 2"),
        ("######", "Unit 1"),
    ]
    assert [text for mark, text in headings if mark == "###"] == ["Sample 1 of 2", "Sample 2 of 2", "Whole batch"]
    assert text.count("$$") % 2 == 0


def test_a_worked_solution_begins_with_what_is_given(tmp_path: Path) -> None:
    session = at("mazur", 0)
    end = session.program.iteration_start(2)
    text = worked(session, tmp_path / "x.md", ExportFormat.MARKDOWN, NotationName.NIELSEN, end)
    rows = text[: text.index("## Iteration 0")].splitlines()
    assert rows[2:] == [
        "## Given at the start of iteration 0",
        "",
        "- Layer 1: 2 inputs; layer 2: 2 units, sigmoid; layer 3: 2 units, sigmoid",
        "- Inputs of sample 1 (i1, i2): $a^{1}_{1} = 0.05$, $a^{1}_{2} = 0.1$",
        "- Targets of sample 1 (o1, o2): $y_{1} = 0.01$, $y_{2} = 0.99$",
        "- Weights of layer 2: $w^{2}_{11} = 0.15$, $w^{2}_{12} = 0.2$, $w^{2}_{21} = 0.25$, $w^{2}_{22} = 0.3$",
        "- Biases of layer 2: $b^{2}_{1} = 0.35$, $b^{2}_{2} = 0.35$",
        "- Weights of layer 3: $w^{3}_{11} = 0.4$, $w^{3}_{12} = 0.45$, $w^{3}_{21} = 0.5$, $w^{3}_{22} = 0.55$",
        "- Biases of layer 3: $b^{3}_{1} = 0.6$, $b^{3}_{2} = 0.6$",
        r"- Learning rate: $\eta  = 0.5$",
        "- Loss: 0.5 × squared error",
        "",
    ]
    assert text.count("Given at") == 1
    for file_format, words in ((ExportFormat.TEX, r"\section{Given at"), (ExportFormat.HTML, "<h2>Given at")):
        other = worked(session, tmp_path / "y", file_format, NotationName.CODE, 3)
        assert words in other
        assert "w[1][0, 1] = 0.2" in other


def test_what_is_given_is_that_of_its_iteration_and_long_lists_are_counted() -> None:
    session = at("digits", 0)
    session.seek(iteration=3)
    item = next(iter(Worker(session, ViewOptions()).items(session.operation)))
    assert isinstance(item, Given)
    assert item.iteration == 3
    words = [row.words for row in item.rows]
    assert "weights of layer 2: 1024 numbers, not listed here" in words
    assert "12 further samples, not listed here" in words


def test_a_worked_solution_gives_symbols_numbers_and_a_sentence() -> None:
    session = at("two-layer-deltas", 49)
    worker = Worker(session, ViewOptions())
    items = list(worker.items(session.operation))
    assert isinstance(items[0], Given)
    assert [item.depth for item in items[:-1] if isinstance(item, Heading)] == [0, 1, 2, 3, 4]
    operation = items[-1]
    assert isinstance(operation, WorkedOperation)
    assert operation.is_backward
    assert len(operation.equations) == 2
    text = markdown(operation, worker.names, worker.numbers)
    assert "-0.007443" in text
    assert "slope" in text
    rows = list(align_rows(operation.formulas[0], worker.numbers))
    assert all(row.count("&") == 1 for row in rows)


def test_markdown_marks_in_a_title_are_text() -> None:
    assert markdown_head("a*b*_c_ <x> #1") == "# a\\*b\\*\\_c\\_ \\<x\\> \\#1\n"
