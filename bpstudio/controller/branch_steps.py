"""Steps of undo that make branches and take them away, with all that was computed of them."""

from bpstudio.records import dataclass
from bpstudio.session.branches import Line
from bpstudio.session.session import Session


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a session stood: the branch, the position, and the iteration should the operations be folded otherwise by then."""

    branch: int
    position: int
    iteration: int
    is_unfolded: bool

    @staticmethod
    def of(session: Session) -> "Stand":
        """Where a session stands."""
        return Stand(session.branch.key, session.position, session.iteration, session.program.is_unfolded)

    def return_to(self, session: Session) -> None:
        """Go there again."""
        if session.program.is_unfolded == self.is_unfolded:
            session.switch_branch(self.branch, self.position)
        else:
            session.switch_branch(self.branch)
            session.seek(iteration=self.iteration)


class ForkStep:
    """An edit: undone, its branch is gone and the run stands where it was edited; redone, all of the branch is back."""

    def __init__(self, session: Session, key: int, before: Stand) -> None:
        self._key = key
        self._before = before
        self._after = Stand.of(session)
        self._removed: tuple[Line, ...] = ()

    def undo(self, session: Session) -> None:
        """Back to the old branch."""
        self._removed = session.delete_branch(self._key)
        self._before.return_to(session)

    def redo(self, session: Session) -> None:
        """To the start of the branch again."""
        session.restore_branches(self._removed)
        self._after.return_to(session)
        self._removed = ()


class DeleteStep:
    """A branch that was deleted, and those forked from it."""

    def __init__(self, session: Session, key: int) -> None:
        self._key = key
        self._before = Stand.of(session)
        self._removed: tuple[Line, ...] = ()

    def redo(self, session: Session) -> None:
        """Delete it."""
        self._before = Stand.of(session)
        self._removed = session.delete_branch(self._key)

    def undo(self, session: Session) -> None:
        """Bring it back; the run stands where it stood."""
        session.restore_branches(self._removed)
        self._before.return_to(session)
        self._removed = ()
