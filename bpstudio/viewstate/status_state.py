"""Where the run stands, in words: for the status line and the captions of pictures."""

from weakref import WeakKeyDictionary
from zlib import crc32

from bpstudio.explain.labels import PASS_WORDS
from bpstudio.explain.notation import notation
from bpstudio.model.passes import Engine
from bpstudio.model.quality import Quality, held_out_quality
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate.activity import executed_operation
from bpstudio.viewstate.selection import ViewOptions

MOST_PRODUCTS_A_FRAME = 2_000_000
"""Multiplications that measuring may cost while the run is playing: about a millisecond."""


@dataclass(frozen=True, slots=True)
class StatusState:
    """One short text for each fact; ``position`` is exact however large."""

    epoch: str
    iteration: str
    sample: str
    pass_: str
    position: str
    loss: str
    quality: str
    seed: str
    summation: str
    history: str
    caption: str


def grouped(number: int) -> str:
    """Digits in groups of three, apart by thin spaces."""
    return f"{number:,}".replace(",", "\u2009")


def build_status_state(session: Session, options: ViewOptions) -> StatusState:
    """The status at the session's position."""
    operation, batch = session.operation, session.tape.batch
    names = notation(options.notation, session.spec)
    sample = f"{names.sample_name(session.progress.sample)} of {batch}"
    return StatusState(
        f"epoch {grouped(operation.epoch)}",
        f"iteration {grouped(operation.iteration)}",
        sample,
        PASS_WORDS[operation.pass_],
        f"position {grouped(session.position)}",
        loss_text(session, options),
        quality_text(session, options),
        f"seed {session.spec.seed}",
        "exact sums" if session.spec.is_exact else "fast sums",
        history_text(session, options),
        caption(session, options),
    )


def loss_text(session: Session, options: ViewOptions) -> str:
    """The loss of this iteration once it is computed; before that the sample's, or that of the iteration before, by its name."""
    loss, words = session.value("loss"), "loss"
    if loss is None:
        loss, words = session.value("sample_loss"), "sample's loss"
    if loss is None and session.iteration > 0:
        before = session.iteration - 1
        loss, words = float(session.losses.values[before]), f"loss of iteration {grouped(before)}:"
    return "loss not computed yet" if loss is None else f"{words} {options.numbers.format(loss)}"


def history_text(session: Session, options: ViewOptions) -> str:
    """How much of its budget the history takes, and whether what was derived again has matched."""
    megabyte = 1024 * 1024
    used = session.history_bytes / megabyte
    text = f"history {options.numbers.fixed(1).format(used)} of {session.budget // megabyte}\u2009MB"
    if session.damages:
        return f"{text} ⚠ {len(session.damages)} made anew"
    return f"{text} ✓" if session.verified else text


def caption(session: Session, options: ViewOptions) -> str:
    """One line that says where a picture was taken."""
    executed = executed_operation(session)
    names = notation(options.notation, session.spec)
    parts = [f"epoch {session.operation.epoch}", f"iteration {session.iteration}"]
    if executed is None:
        return " · ".join([*parts, "before the first operation", f"position {grouped(session.position)}"])
    if executed.sample is not None:
        parts.append(f"{names.sample_name(executed.sample)} of {session.tape.batch}")
    parts.append(PASS_WORDS[executed.pass_])
    if executed.layer > 0:
        parts.append(names.layer_name(executed.layer))
    if executed.unit is not None and executed.layer > 0:
        parts.append(names.unit_name(executed.layer, executed.unit))
    return " · ".join([*parts, f"position {grouped(session.position)}"])


def quality_text(session: Session, options: ViewOptions) -> str:
    """Held-out loss and accuracy before this iteration's update; empty without held-out rows, or while it would cost frames."""
    engine = session.engine
    rows = session.spec.dataset.held_out_inputs.shape[0]
    if rows == 0 or (options.is_playing and rows * engine.layout.size > MOST_PRODUCTS_A_FRAME):
        return ""
    quality = _held_out(engine)
    if quality is None:
        return ""
    text = f"held out {options.numbers.format(quality.loss)}"
    return text if quality.accuracy is None else f"{text}, {quality.accuracy:.0%} right"


_measured: WeakKeyDictionary[Engine, tuple[int, Quality | None]] = WeakKeyDictionary()


def _held_out(engine: Engine) -> Quality | None:
    """Measured once for the same parameters: stepping through an iteration changes none."""
    key = crc32(engine.state().data)
    kept = _measured.get(engine)
    if kept is None or kept[0] != key:
        kept = (key, held_out_quality(engine))
        _measured[engine] = kept
    return kept[1]
