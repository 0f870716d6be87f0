"""Arguments to work: the command line of contract section 4. Qt is loaded only by the commands that paint."""

import argparse
import gc
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import numpy as np

import bpstudio
from bpstudio import app
from bpstudio import fast_loop as fast_loop_module
from bpstudio.errors import BpstudioError, ExportError, PositionError
from bpstudio.explain import trace
from bpstudio.explain.narration import Depth
from bpstudio.explain.notation import notation
from bpstudio.explain.number_format import FULL_PRECISION, NumberFormat, NumberStyle, full
from bpstudio.explain.origin_words import operands_of, place_of
from bpstudio.export import command as export_command
from bpstudio.files import gradient_comparison, model_export, model_import, run_document, session_file
from bpstudio.files.atomic_write import write_bytes_atomically
from bpstudio.files.examples import example_names, example_text
from bpstudio.files.run_file import open_run
from bpstudio.files.session_names import SUFFIX, saved_source
from bpstudio.model import check as gradient_check
from bpstudio.model.address import parse_address
from bpstudio.model.quality import held_out_quality
from bpstudio.model.spec import NotationName, RunSpec, UpdateRule
from bpstudio.model.tape import Tape
from bpstudio.program.levels import parse_level
from bpstudio.session.non_finite import NonFinite
from bpstudio.session.session import LARGEST_ITERATION, Session
from bpstudio.viewstate.selection import ViewOptions

DONE, CHECK_FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130
STRETCH = 4096
"""Iterations between two looks at the progress bar, the compiled loop and the keyboard."""

MOST_ITERATIONS = 100_000_000
"""Most iterations that are computed in order to look at one; `train` has no limit."""
LINES_SECONDS = 5.0
"""Between two lines about what is going on where there is no terminal to draw a bar on."""
SHORT_STRETCH, LONG_STRETCH = 0.25, 1.0
"""Seconds between two looks at the keyboard and what is said about the way."""

Command = Callable[[argparse.Namespace], int]
LATEX_DIGITS = 6
"""In a document a line must fit between its margins."""
FORMATS = ("png", "svg", "pdf", "tex", "gif", "apng", "webp", "mp4", "html", "md")
COMMANDS = ("examples", "values", "trace", "train", "check", "export", "convert", "compare")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 a check failed, 2 wrong input, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except BpstudioError as error:
        return _refuse(str(error))
    except BrokenPipeError:
        # Whoever read the output has had enough (`| head`): end quietly, with nothing left to flush.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("bpstudio: interrupted", file=sys.stderr)
        return INTERRUPTED


def _refuse(sentence: str) -> int:
    print(f"bpstudio: {' '.join(sentence.split())}", file=sys.stderr)
    return WRONG_INPUT


def _run(given: list[str]) -> int:
    commands = {
        "examples": _examples,
        "values": _values,
        "trace": _trace,
        "train": _train,
        "check": _check,
        "export": _export,
        "convert": _convert,
        "compare": _compare,
    }
    if given and given[0] in commands:
        options = _parser().parse_args(given)
        return commands[given[0]](options)
    options = _window_parser().parse_args(given)
    return _window(options)


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one line and exit with 2."""
        print(f"bpstudio: {message} (see {self.prog} --help)", file=sys.stderr)
        sys.exit(WRONG_INPUT)


def _window_parser() -> _Parser:
    parser = _Parser(
        prog="bpstudio",
        description="Step through a training iteration, forward and backward in time. Without a command: opens the window.",
        epilog=f"Commands: {', '.join(COMMANDS)}; bpstudio COMMAND --help tells more.",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a run file, a session, or an example's name")
    parser.add_argument("--version", action="version", version=f"bpstudio {bpstudio.__version__}")
    return parser


def _parser() -> _Parser:
    parser = _Parser(prog="bpstudio")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    examples = commands.add_parser("examples", help="list the built-in examples, or print one")
    examples.add_argument("name", nargs="?", metavar="NAME")
    values = _on_file(commands.add_parser("values", help="print numbers of a run as one JSON object"))
    values.add_argument(
        "--iteration", type=_count, metavar="N", help="updates made first (default 0; of a session, where it stands)"
    )
    values.add_argument("--sample", type=_count, default=0, metavar="T", help="sample of the batch (default 0)")
    values.add_argument("addresses", nargs="+", metavar="ADDRESS", help="such as loss, delta[2], w[1][0,1]")
    traced = _on_range(_on_file(commands.add_parser("trace", help="print operations, one record each")))
    traced.add_argument("--format", choices=[f.value for f in trace.TraceFormat], default=trace.TraceFormat.JSONL.value)
    traced.add_argument("--digits", type=int, choices=range(2, 17), metavar="2..16", help="instead of all of them")
    train = _on_file(commands.add_parser("train", help="run iterations and print the loss as it goes"))
    train.add_argument("--iterations", type=_count, required=True, metavar="N")
    train.add_argument("--every", type=_positive, metavar="K", help="print the loss every K iterations")
    train.add_argument(
        "--output", type=Path, metavar="OUT", help="save a session (.bps), or the trained network as a run file (.json)"
    )
    check = _on_file(commands.add_parser("check", help="compare every gradient with central differences"))
    check.add_argument("--iteration", type=_count, metavar="N", help="default 0; of a session, where it stands")
    check.add_argument(
        "--epsilon", type=_size, default=gradient_check.DEFAULT_EPSILON, help="half the width of a difference"
    )
    check.add_argument(
        "--tolerance", type=_size, default=gradient_check.DEFAULT_TOLERANCE, help="largest relative error that passes"
    )
    _add_model_commands(commands)
    _add_export(commands)
    return parser


def _add_export(commands: "argparse._SubParsersAction[_Parser]") -> None:
    words = "write pictures, animations, pages and handouts of a run"
    export = _on_range(_on_file(commands.add_parser("export", help=words)))
    export.add_argument(
        "--output",
        required=True,
        metavar="PATH",
        help="a file, or a folder for pictures (without an ending, or with /)",
    )
    export.add_argument("--at", type=_count, metavar="P", help="one position instead of a range")
    export.add_argument("--format", choices=FORMATS, help="default: as the file is named, else png")
    export.add_argument("--content", choices=["steps", "worked"], help="pictures of steps, or the worked solution")
    export.add_argument("--preset", choices=["screen", "slide", "paper", "transparent"], default="screen")
    export.add_argument("--transparent", action="store_true", help="without a background, where the format can")
    export.add_argument("--theme", choices=["light", "dark", "high_contrast"], default="light")
    export.add_argument("--size", type=_picture_size, metavar="WxH", help="instead of the preset's")
    export.add_argument("--scale", type=_factor, metavar="S", help="pixels times this, 0.25 to 8")
    export.add_argument("--seconds", type=_seconds, default=0.8, metavar="S", help="how long a step is shown")
    export.add_argument("--edges", choices=["weight", "flow", "gradient", "update"], default="weight")
    export.add_argument("--units", choices=["activation", "pre_activation"], default="activation")
    export.add_argument("--digits", type=int, choices=range(2, 17), default=4, metavar="2..16")
    export.add_argument("--numbers", choices=[style.value for style in NumberStyle], default=NumberStyle.AUTO.value)
    export.add_argument("--comma", action="store_true", help="a decimal comma")
    export.add_argument("--narration", choices=[depth.value for depth in Depth], default=Depth.PLAIN.value)


def _add_model_commands(commands: "argparse._SubParsersAction[_Parser]") -> None:
    convert = commands.add_parser("convert", help="write a network as a file that others read, or with others' weights")
    convert.add_argument("file", metavar="FILE", help="a run file, an example's name, or - for standard input")
    convert.add_argument("--weights", type=Path, metavar="W", help="start from these: .safetensors, .npz or .onnx")
    convert.add_argument("--iterations", type=_count, metavar="N", help="updates made first")
    convert.add_argument("--output", type=Path, required=True, metavar="OUT", help=".json .safetensors .npz .onnx .py")
    convert.add_argument("--framework", choices=["numpy", "pytorch"], default="numpy", help="what a .py is written in")
    compare = commands.add_parser("compare", help="line somebody's gradients up with ours")
    compare.add_argument("file", metavar="FILE", help="a run file, an example's name, or - for standard input")
    compare.add_argument(
        "gradients", type=Path, metavar="GRADS", help=".npz or .safetensors with arrays named like dW1"
    )
    compare.add_argument("--iteration", type=_count, metavar="N", help="updates made first")
    compare.add_argument("--tolerance", type=_size, default=1e-6, help="largest relative difference that passes")
    for parser in (convert, compare):
        parser.set_defaults(unfold=False)


def _on_file(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument(
        "file", metavar="FILE", help="a run file, a session, an example's name, or - for standard input"
    )
    parser.add_argument("--unfold", action="store_true", help="step a matched pair's output δ through its factors")
    parser.add_argument("--notation", choices=[name.value for name in NotationName], help="instead of the run's own")
    return parser


def _on_range(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--from", dest="start", type=_count, metavar="P", help="first position")
    parser.add_argument("--to", dest="end", type=_count, metavar="P", help="last position")
    parser.add_argument(
        "--iteration", type=_count, metavar="N", help="the whole iteration N (default 0; of a session, where it stands)"
    )
    parser.add_argument("--level", metavar="LEVEL", help="epoch … operation (default unit; a handout: operation)")
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"expected a whole number ≥ 0, got {text!r}")
    return int(text[:30])


def _positive(text: str) -> int:
    count = _count(text)
    if count == 0:
        raise argparse.ArgumentTypeError("expected a whole number ≥ 1, got 0")
    return count


def _size(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0.0):
        raise argparse.ArgumentTypeError(f"expected a number > 0, got {text!r}")
    return value


def _within(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"expected {least:g} to {most:g}, got {text!r}")
    return value


def _factor(text: str) -> float:
    return _within(text, 0.25, 8.0)


def _seconds(text: str) -> float:
    return _within(text, 0.02, 60.0)


def _picture_size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT, such as 1100x680, got {text!r}")
    size = int(width), int(height)
    if not (640 <= size[0] <= 8000 and 480 <= size[1] <= 8000):
        raise argparse.ArgumentTypeError(f"expected 640x480 to 8000x8000, got {text!r}")
    return size


def _session(options: argparse.Namespace) -> Session:
    saved = saved_source(options.file)
    if saved is None:
        return Session(open_run(options.file), is_unfolded=options.unfold)
    work = session_file.load_session_file(saved)
    session = session_file.restored(work, lambda spec, is_unfolded: Session(spec, is_unfolded=is_unfolded))
    session.set_unfolded(options.unfold or work.session.is_unfolded)
    return session


def _notation_name(options: argparse.Namespace, spec: RunSpec) -> NotationName:
    return spec.notation if options.notation is None else NotationName(options.notation)


def _write(text: str) -> None:
    sys.stdout.write(text)


# Commands.


def _examples(options: argparse.Namespace) -> int:
    if options.name is None:
        for name in example_names():
            _write(f"{name:18} {open_run(name).title}\n")
    else:
        _write(example_text(options.name))
    return DONE


def _values(options: argparse.Namespace) -> int:
    session = _session(options)
    addresses = [(text, parse_address(text)) for text in options.addresses]
    _go_to(session, session.iteration if options.iteration is None else options.iteration)
    tape = session.tape
    found: dict[str, object] = {}
    for text, address in addresses:
        sample = options.sample if address.quantity.is_per_sample else None
        found[text] = _plain(tape.array(address, sample).tolist())
    _write(json.dumps(found, allow_nan=False) + "\n")
    return DONE


def _plain(value: object) -> object:
    """Numbers as JSON has them; NaN and infinities as the words `NaN`, `Infinity`, `-Infinity`."""
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return full(value) if isinstance(value, float) and not math.isfinite(value) else value


def _go_to(session: Session, iteration: int) -> None:
    """Bring the session to the start of an iteration, saying how far it is when it takes long. Raises PositionError."""
    start = session.replay_start(min(iteration, LARGEST_ITERATION))
    if iteration - start > MOST_ITERATIONS:
        raise PositionError(
            f"iteration {iteration} is {iteration - start} iterations of computing away, more than {MOST_ITERATIONS}; "
            "train --output can save a session on the way"
        )
    report = _progress(iteration, f"computing {iteration - start} iterations: iteration")
    stretch = 1
    try:
        with fast_loop_module.FastLoop(session.spec, iteration - session.iteration) as fast_loop:
            while session.iteration + stretch < iteration:
                begun = time.monotonic()
                session.seek(iteration=session.iteration + stretch)
                fast_loop.take_if_ready()
                report.show(session.iteration)
                stretch = _next_stretch(stretch, time.monotonic() - begun)
        session.seek(iteration=iteration)
    finally:
        report.end()


def _next_stretch(stretch: int, seconds: float) -> int:
    """How many iterations to compute at once, by how long the last ones took."""
    if seconds < SHORT_STRETCH:
        return min(STRETCH, stretch * 2)
    return max(1, stretch // 2) if seconds > LONG_STRETCH else stretch


def _range_of(session: Session, options: argparse.Namespace) -> tuple[int, int]:
    """The positions asked for: --from and --to, or a whole iteration."""
    if options.start is None and options.end is None:
        iteration = session.iteration if options.iteration is None else options.iteration
        return session.program.iteration_start(iteration), session.program.iteration_start(iteration + 1)
    if options.iteration is not None:
        raise ExportError("--iteration does not go together with --from and --to")
    start = options.start or 0
    end = options.end
    if end is None:
        end = session.program.iteration_start(session.program.iteration_at(start) + 1)
    if end < start:
        raise ExportError(f"--to {end} lies before --from {start}")
    return start, end


def _trace(options: argparse.Namespace) -> int:
    session = _session(options)
    level = parse_level(options.level or "unit")
    start, end = _range_of(session, options)
    picked = trace.TraceFormat(options.format)

    def tape_of(iteration: int) -> Tape:
        if session.iteration != iteration:
            _go_to(session, iteration)
        return session.tape

    names = notation(_notation_name(options, session.spec), session.spec)
    is_latex = picked is trace.TraceFormat.LATEX
    digits = options.digits or (LATEX_DIGITS if is_latex else None)
    shown = FULL_PRECISION if digits is None else NumberFormat(digits)
    records = trace.trace(session.program, tape_of, start, end, level, names, number_format=shown, is_latex=is_latex)
    for line in trace.write_trace(records, picked):
        _write(line)
    sys.stdout.flush()
    return DONE


def _train(options: argparse.Namespace) -> int:
    session = _session(options)
    if options.output is not None and options.output.suffix not in (SUFFIX, ".json"):
        raise ExportError(f"{options.output}: expected a name that ends in {SUFFIX} or .json")
    every = options.every or max(1, options.iterations // 20)
    report = _ProgressBar(session.iteration + options.iterations) if sys.stderr.isatty() else None
    goal = session.iteration + options.iterations
    with _saving(session, options.output), fast_loop_module.FastLoop(session.spec, options.iterations) as fast_loop:
        for stop in _stops(session.iteration, goal, every):
            while session.iteration < stop:
                made = session.run_iterations(min(STRETCH, stop - session.iteration))
                fast_loop.take_if_ready()
                if report is not None:
                    report.show(session.iteration)
                if made is not None:
                    raise ExportError(_not_finite_sentence(session, made))
            _write(_loss_line(session) + "\n")
            sys.stdout.flush()
    if report is not None:
        report.end()
    if options.output is not None and options.output.suffix != SUFFIX:
        _save_trained(session, options.output)
    return DONE


@contextmanager
def _saving(session: Session, output: Path | None) -> Iterator[None]:
    """Save the session when the work ends, also when it is interrupted or stopped by a number that is not finite."""
    try:
        yield
    finally:
        if output is not None and output.suffix == SUFFIX:
            session_file.save_session(session, output)


def _not_finite_sentence(session: Session, made: NonFinite) -> str:
    names = notation(session.spec.notation, session.spec)
    operands = operands_of(made, session.program, session.tape, names)
    where = f"position {made.operation.position}: {place_of(made)}: {operands}"
    return f"the first number that is not finite ({full(made.value)}) is made at {where}"


def _stops(start: int, goal: int, every: int) -> Iterator[int]:
    yield from range(start, goal, every)
    yield goal


def _loss_line(session: Session) -> str:
    tape = session.tape
    line = f"iteration {session.iteration}  loss {tape.losses.total:.8g}"
    quality = held_out_quality(session.engine)
    if quality is not None:
        line += f"  held-out loss {quality.loss:.8g}"
        if quality.accuracy is not None:
            line += f"  held-out accuracy {quality.accuracy:.4f}"
    return line


class _ProgressLines:
    """Lines on standard error for those without a terminal: none at first, then one every few seconds."""

    def __init__(self, total: int, words: str) -> None:
        self.total = max(1, total)
        self._words = words
        self._said = time.monotonic()

    def show(self, done: int) -> None:
        """Say how far it is, unless that was said a moment ago."""
        if time.monotonic() - self._said >= LINES_SECONDS:
            self._said = time.monotonic()
            print(f"bpstudio: {self._words} {done} of {self.total}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Nothing is left to wipe."""


def _progress(total: int, words: str) -> "_ProgressBar | _ProgressLines":
    """A bar on a terminal, else lines; ``words`` say what is counted."""
    return _ProgressBar(total) if sys.stderr.isatty() else _ProgressLines(total, words)


class _ProgressBar:
    """A line on the terminal that is drawn at most ten times a second and wiped at the end."""

    def __init__(self, total: int) -> None:
        self.total = max(1, total)
        self._drawn = 0.0

    def show(self, done: int) -> None:
        """Draw it for ``done`` of the total."""
        if time.monotonic() - self._drawn > 0.1:
            self._drawn = time.monotonic()
            filled = 40 * done // self.total
            print(f"\r[{'#' * filled}{'.' * (40 - filled)}] {done}/{self.total}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Wipe the line, if there is one."""
        if self._drawn > 0.0:
            print("\r" + " " * 70 + "\r", end="", file=sys.stderr, flush=True)
            self._drawn = 0.0


def _save_trained(session: Session, path: Path) -> None:
    """The run file with the trained weights in place of the starting ones."""
    document = run_document.spec_to_document(session.spec)
    weights: list[list[list[float]]] = []
    biases: list[list[float] | None] = []
    for number, layer in enumerate(session.spec.network.layers, start=1):
        weights.append(session.array(f"w[{number}]").tolist())
        biases.append(session.array(f"b[{number}]").tolist() if layer.bias.present else None)
    document.pop("initializer", None)
    document["parameters"] = {"weights": weights, "biases": biases}
    if not all(np.isfinite(values).all() for values in weights):
        raise ExportError(f"{path}: not written, for the trained weights are not finite")
    try:
        write_bytes_atomically(path, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise ExportError(f"{path}: could not be written ({error.strerror or error})") from error


def _check(options: argparse.Namespace) -> int:
    session = _session(options)
    _go_to(session, session.iteration if options.iteration is None else options.iteration)
    start = session.iteration, session.engine.state()
    report = gradient_check.check_gradients(
        session.spec, session.iteration, options.epsilon, options.tolerance, start=start
    )
    for line in _report_lines(report, session.spec.training.update is UpdateRule.OUTPUT_FIRST):
        _write(line + "\n")
    return DONE if report.has_passed else CHECK_FAILED


def _report_lines(report: "gradient_check.CheckReport", is_output_first: bool) -> Iterator[str]:
    yield f"central differences at iteration {report.iteration}, epsilon {report.epsilon:g}, tolerance {report.tolerance:g}"
    yield f"{'array':8} {'entries':>8} {'kinks':>6} {'worst error':>12}  worst entry"
    for layer in report.layers:
        worst = layer.worst
        where = (
            ""
            if worst is None
            else f"{worst.address}: gradient {full(worst.gradient)}, difference {full(worst.difference)}"
        )
        if worst is not None and worst.sample is not None:
            where += f" (sample {worst.sample})"
        yield f"{layer.name:8} {layer.entries:8} {layer.kinks:6} {layer.error:12.3g}  {where}"
    if report.has_passed:
        yield "passed"
        return
    yield "failed: a gradient differs from the slope of the loss"
    if is_output_first:
        yield 'this run updates with "output_first": errors pass back through new weights, and no slope is asked of them'


def _convert(options: argparse.Namespace) -> int:
    session = _session(options)
    if options.weights is not None:
        session = Session(model_import.with_weights(session.start_spec, options.weights))
    if options.iterations is not None:
        _go_to(session, options.iterations)
    parameters = session.engine.state()[: session.engine.layout.size]
    framework = model_export.Framework(options.framework)
    model_export.write_model(options.output, session.spec, parameters, framework)
    return DONE


def _compare(options: argparse.Namespace) -> int:
    session = _session(options)
    if options.iteration is not None:
        _go_to(session, options.iteration)
    compared = gradient_comparison.compare_file(session.tape, options.gradients, options.tolerance)
    for line in gradient_comparison.report_lines(compared):
        _write(line + "\n")
    return DONE if compared.first is None else CHECK_FAILED


def _export(options: argparse.Namespace) -> int:
    session = _session(options)
    if options.level is not None:
        parse_level(options.level)
    _prepare_offscreen()
    options.is_folder = options.output.endswith(("/", os.sep))
    options.output = Path(options.output)
    progress = _progress(1, "exporting: step")

    def report(done: int, total: int) -> None:
        progress.total = max(1, total)
        progress.show(done)

    def go_to(position: int) -> None:
        _go_to(session, session.program.iteration_at(position))
        session.seek(position=position)

    view = export_command.view_of(options, ViewOptions(notation=_notation_name(options, session.spec)))
    try:
        words = export_command.export_command(
            session, options, view, lambda: _range_of(session, options), go_to, report
        )
    finally:
        progress.end()
    _write(words + "\n")
    return DONE


def _prepare_offscreen() -> None:
    """Pictures need no display; a missing one must not abort Qt."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"


def _window(options: argparse.Namespace) -> int:
    if not has_display():
        return _refuse(
            "there is no display to open a window on; bpstudio export FILE --output DIR makes pictures without one"
        )
    gc.disable()  # until the window has settled: searching for garbage is a twelfth of the start
    return app.run_app(options.file)


def has_display() -> bool:
    """Whether a window can be opened: Qt aborts the process where it cannot."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if chosen in ("offscreen", "minimal", "vnc"):
        return True
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
