"""The editor of a breakpoint: where or when it stops, which hits count, and what it writes instead of stopping."""

from dataclasses import field

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from bpstudio.look.fields import whole_number_field
from bpstudio.look.text_size import text_scale
from bpstudio.panels.condition_field import ConditionField, Language
from bpstudio.records import dataclass
from bpstudio.viewstate.breakpoint_state import (
    EXCEPTIONS,
    KIND_WORDS,
    LARGEST_COUNT,
    BreakpointDraft,
    BreakpointKind,
    parse_hit_rule,
)
from bpstudio.viewstate.theme import Theme

K = BreakpointKind
RULES = {"": "every hit", ">=": "from hit … on", "==": "only hit …", "%": "every …th hit"}


@dataclass(frozen=True)
class EditorLanguages:
    """What the lines of the editor may say."""

    condition: Language = field(default_factory=Language)
    place: Language = field(default_factory=Language)
    number: Language = field(default_factory=Language)
    message: Language = field(default_factory=Language)


class BreakpointEditor(QDialog):
    """Edits a draft; ``draft_accepted`` hands it back. Opens with ``show``, and deletes itself when closed."""

    draft_accepted = Signal(object)

    def __init__(self, draft: BreakpointDraft, languages: EditorLanguages, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("breakpoint-editor")
        self.setWindowTitle("Breakpoint")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(round(460 * text_scale()))
        self.kind = _combo("breakpoint-kind", "Stop", [KIND_WORDS[kind] for kind in K])
        self.exception = _combo("breakpoint-exception", "What goes wrong", [choice.label for choice in EXCEPTIONS])
        self.place = ConditionField(
            "breakpoint-place", "Where", languages.place, "layer 2, unit 1 of layer 2, backward pass", is_optional=False
        )
        self.number = ConditionField(
            "breakpoint-number", "Which number", languages.number, "w[2][0,1]", is_optional=False
        )
        self.condition = ConditionField(
            "breakpoint-condition", "Condition", languages.condition, "abs(delta[1][0]) < 1e-4 and iteration > 100"
        )
        self.message = ConditionField(
            "breakpoint-message", "Row to write instead of stopping", languages.message, "empty: stop"
        )
        self.rule = _combo("breakpoint-rule", "Which hits count", list(RULES.values()))
        self.count = whole_number_field()
        self.count.setObjectName("breakpoint-count")
        self.count.setAccessibleName("Number of the hit")
        self.count.setToolTip("Which hit, counted from the start of the run: the same in both directions")
        self.count.setRange(1, LARGEST_COUNT)
        self.temporary = _check("breakpoint-temporary", "&Once: remove it after its first stop")
        self.enabled = _check("breakpoint-enabled", "Switched o&n")
        self.form = QFormLayout()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self._lay_out()
        self._fill(draft)
        self._connect()
        for line in self._lines:
            line.dress(theme)
        self._offer()
        first = {K.LOCATION: self.place, K.WRITE: self.number, K.CONDITION: self.condition}.get(
            draft.kind, self.exception
        )
        first.setFocus()

    @property
    def _lines(self) -> tuple[ConditionField, ...]:
        return (self.place, self.number, self.condition, self.message)

    def _lay_out(self) -> None:
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.form.addRow("&Stop", self.kind)
        self.form.addRow("&Where", self.place)
        self.form.addRow("N&umber", self.number)
        self.form.addRow("What goes w&rong", self.exception)
        self.form.addRow("&Only if", self.condition)
        hits = QHBoxLayout()
        hits.addWidget(self.rule, 1)
        hits.addWidget(self.count, 1)
        label = QLabel("&Hits")
        label.setBuddy(self.rule)
        self.form.addRow(label, hits)
        self.form.addRow("&Log", self.message)
        self.form.addRow("", self.temporary)
        self.form.addRow("", self.enabled)
        layout = QVBoxLayout(self)
        layout.addLayout(self.form)
        layout.addStretch(1)
        layout.addWidget(self.buttons)

    def _fill(self, draft: BreakpointDraft) -> None:
        self.kind.setCurrentIndex(list(K).index(draft.kind))
        names = [choice.name for choice in EXCEPTIONS]
        if draft.kind is K.EXCEPTION and draft.place in names:
            self.exception.setCurrentIndex(names.index(draft.place))
        self.place.set_text(draft.place if draft.kind is K.LOCATION else "")
        self.number.set_text(draft.place if draft.kind is K.WRITE else "")
        self.condition.set_text(draft.condition)
        self.message.set_text(draft.message)
        comparison, count = _rule_of(draft.hit_rule)
        self.rule.setCurrentIndex(list(RULES).index(comparison))
        self.count.setValue(count)
        self.temporary.setChecked(draft.is_temporary)
        self.enabled.setChecked(draft.is_enabled)

    def _connect(self) -> None:
        self.kind.currentIndexChanged.connect(self._offer)
        self.rule.currentIndexChanged.connect(self._offer)
        for line in self._lines:
            line.text_edited.connect(self._offer)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)

    def _offer(self, _change: object = None) -> None:
        """Show the lines of the kind, and OK when nothing is wrong in them."""
        kind = list(K)[self.kind.currentIndex()]
        self.form.setRowVisible(self.place, kind is K.LOCATION)
        self.form.setRowVisible(self.number, kind is K.WRITE)
        self.form.setRowVisible(self.exception, kind is K.EXCEPTION)
        self.condition.is_optional = kind is not K.CONDITION
        self.form.labelForField(self.condition).setProperty("text", "C&ondition" if kind is K.CONDITION else "&Only if")
        self.count.setEnabled(self.rule.currentIndex() > 0)
        is_fine = all(line.problem is None for line in self._used(kind))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(is_fine)

    def _used(self, kind: BreakpointKind) -> tuple[ConditionField, ...]:
        first = {K.LOCATION: (self.place,), K.WRITE: (self.number,)}.get(kind, ())
        return (*first, self.condition, self.message)

    def draft(self) -> BreakpointDraft:
        """What the editor says now."""
        kind = list(K)[self.kind.currentIndex()]
        places = {
            K.LOCATION: self.place.text,
            K.WRITE: self.number.text,
            K.EXCEPTION: EXCEPTIONS[self.exception.currentIndex()].name,
        }
        comparison = list(RULES)[self.rule.currentIndex()]
        return BreakpointDraft(
            kind=kind,
            place=places.get(kind, ""),
            condition=self.condition.text,
            hit_rule=f"{comparison}{self.count.value()}" if comparison else "",
            message=self.message.text,
            is_temporary=self.temporary.isChecked(),
            is_enabled=self.enabled.isChecked(),
        )

    def _accept(self) -> None:
        made = self.draft()
        self.accept()
        self.draft_accepted.emit(made)


def _rule_of(text: str) -> tuple[str, int]:
    try:
        return parse_hit_rule(text) or ("", 1)
    except ValueError:
        return "", 1


def _combo(name: str, label: str, items: list[str]) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.setAccessibleName(label)
    combo.setToolTip(label)
    combo.addItems(items)
    return combo


def _check(name: str, text: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setObjectName(name)
    box.setAccessibleName(text.replace("&", ""))
    box.setToolTip(text.replace("&", ""))
    return box
