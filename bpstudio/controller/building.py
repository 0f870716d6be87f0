"""Building: the run as it is being described, checked while it is typed, and started anew when it has changed."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from bpstudio.errors import RunFileError
from bpstudio.files import draft_fields, run_draft
from bpstudio.model.spec import Array, Dataset, GivenParameters, RunSpec
from bpstudio.records import dataclass
from bpstudio.session.session import Session
from bpstudio.viewstate import build_state

MOST_SEED_STEP = 2**31
Revise = Callable[[RunSpec, str, str], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a draft, and the place of the field."""

    place: str
    sentence: str


class Building(QObject):
    """Holds the draft. A draft that describes a run becomes the run, through ``revise``; one that does not is told why.

    ``revise`` takes the new run, the words for undo, and a key: changes with the same key follow from one another.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, parent: QObject, revise: Revise) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self._draft: run_draft.RunDraft | None = None
        self.problem: Problem | None = None
        self._revise = revise
        self._described: RunSpec | None = None
        self._state: build_state.BuildState | None = None
        self._state_of: tuple[object, ...] = ()
        self._has_told = False

    @property
    def draft(self) -> "run_draft.RunDraft | None":
        """The description, made of the run when it is first looked at."""
        if self._draft is None and self._described is not None:
            self._draft = run_draft.draft_of(self._described)
        return self._draft

    def reset(self, session: Session) -> None:
        """Another run: describe it, unless it is the one that was just described here."""
        self.session = session
        if session.start_spec is not self._described:
            self._described = session.start_spec
            self._draft = None
        self.problem = None

    def propose(self, draft: "run_draft.RunDraft", words: str, key: str = "") -> None:
        """Take a draft; if it describes a run, start that, else say what is wrong and leave the run alone."""
        self._draft = draft
        try:
            spec = run_draft.spec_of(draft)
        except RunFileError as error:
            self.problem = Problem(error.place, error.problem)
            self.changed.emit()
            return
        self.problem = None
        if spec == self._described:
            self.changed.emit()
            return
        self._described = spec
        self._revise(spec, words, key)

    # Wishes of the form.

    def set_field(self, place: str, text: str) -> None:
        """A setting was typed or chosen."""
        if self.draft is not None and place in draft_fields.BY_PLACE:
            label = draft_fields.BY_PLACE[place].label.replace("&", "")
            draft = self.draft.with_setting(place, text)
            if place.startswith("initializer."):
                draft = run_draft.with_numbers(draft, None)
            self.propose(draft, f"{label}: {text.strip() or 'nothing'}", f"field {place}")

    def change_layer(self, index: int, wish: "build_state.LayerWish") -> None:
        """A part of a layer was typed or chosen."""
        draft = self.draft
        if draft is None or not 0 <= index < len(draft.layers):
            return
        name = "output layer" if index == len(draft.layers) - 1 else f"hidden layer {index + 1}"
        changed = run_draft.with_layer(draft, index, wish.applied(draft.layers[index]))
        self.propose(changed, f"{name}: {wish.words}", f"layer {index} {wish.part}")

    def add_layer(self, index: int) -> None:
        """A hidden layer before layer ``index``."""
        if self.draft is not None:
            self.propose(run_draft.with_added(self.draft, index), "add a layer")

    def remove_layer(self, index: int) -> None:
        """One hidden layer less."""
        if self.draft is not None:
            self.propose(run_draft.without_layer(self.draft, index), f"remove layer {index + 1}")

    def move_layer(self, index: int, by: int) -> None:
        """A hidden layer towards the output or the input."""
        if self.draft is not None:
            self.propose(run_draft.with_moved(self.draft, index, by), f"move layer {index + 1}")

    def set_biases_trained(self, is_trained: bool) -> None:
        """Freeze all biases, or let training change them."""
        draft = self.draft
        if draft is None:
            return
        for index, layer in enumerate(draft.layers):
            draft = run_draft.with_layer(draft, index, build_state.LayerWish("trains_bias", is_trained).applied(layer))
        self.propose(draft, "train the biases" if is_trained else "freeze the biases")

    def start_from(self, wish: "build_state.StartWish") -> None:
        """Draw, zero or take over the numbers the run starts from."""
        draft, session = self.draft, self.session
        if draft is None or session is None:
            return
        match wish:
            case build_state.StartWish.DRAW_ANEW:
                seed = draft.setting("seed")
                following = (int(seed) + 1) % MOST_SEED_STEP if seed.isascii() and seed.isdigit() else 0
                draft = run_draft.with_numbers(draft.with_setting("seed", str(following)), None)
            case build_state.StartWish.DRAW_AGAIN:
                draft = run_draft.with_numbers(draft, None)
            case build_state.StartWish.ZERO:
                draft = run_draft.with_numbers(self._described_draft(session), run_draft.zeroed(numbers_of(session)))
            case build_state.StartWish.NOW:
                draft = run_draft.with_numbers(self._described_draft(session), numbers_of(session))
        self.propose(draft, f"start from {wish.words}")

    def _described_draft(self, session: Session) -> "run_draft.RunDraft":
        """The draft without what is typed wrong: numbers of the run need its shapes."""
        return self.draft if self.draft is not None and self.problem is None else run_draft.draft_of(session.start_spec)

    def set_dataset(self, dataset: Dataset, words: str, key: str = "") -> None:
        """Train on other data; the network takes their number of inputs and outputs."""
        draft, session = self.draft, self.session
        if draft is None or session is None:
            return
        changed = run_draft.fitted(self._described_draft(session), dataset)
        told = _told(draft, changed)
        self.propose(changed, words, key)
        if self.problem is not None:
            told = f"The run keeps its data: {self.problem.sentence}."
        if told or self._has_told:
            self.said.emit(told)  # what no longer holds is taken back
        self._has_told = bool(told)

    def state(self) -> "build_state.BuildState | None":
        """What the form shows; None before anything is open."""
        if self.draft is None or self.session is None:
            return None
        known = (self.draft, self.problem, self.session, self.session.position == 0)
        if self._state is None or any(a is not b for a, b in zip(known, self._state_of, strict=True)):
            problem = None if self.problem is None else (self.problem.place, self.problem.sentence)
            self._state_of, self._state = known, build_state.build_build_state(self.draft, problem, self.session)
        return self._state


def numbers_of(session: Session) -> GivenParameters:
    """The weights and biases at the position of ``session``, as numbers to start from."""
    weights: list[Array] = []
    biases: list[Array | None] = []
    for number, layer in enumerate(session.spec.network.layers, start=1):
        weights.append(session.array(f"w[{number}]"))
        biases.append(session.array(f"b[{number}]") if layer.bias.present else None)
    return GivenParameters(tuple(weights), tuple(biases))


def _told(before: "run_draft.RunDraft", after: "run_draft.RunDraft") -> str:
    """What other data changed of the network, in one sentence; nothing if it fits as it is."""
    inputs = after.dataset.inputs.shape[1]
    old, new = before.layers[-1], after.layers[-1]
    if inputs == before.dataset.inputs.shape[1] and old == new and before.settings == after.settings:
        return ""
    loss = after.setting("loss.name").replace("_", " ")
    batch = after.setting("training.batch_size")
    batches = f", in batches of {batch}" if batch != before.setting("training.batch_size") else ""
    return f"The network now has {inputs} in and {new.units} out ({new.activation}), with {loss}{batches}."
