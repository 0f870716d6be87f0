"""Which rows make up which batch: pure integers; a remainder batch ends each epoch and leaks nowhere."""

from bpstudio.records import dataclass


@dataclass(frozen=True, slots=True)
class Batches:
    """``count`` samples in batches of ``size`` (1 ≤ size ≤ count)."""

    count: int
    size: int

    @property
    def per_epoch(self) -> int:
        """Iterations in one epoch, the remainder batch included."""
        return -(-self.count // self.size)

    def epoch_of(self, iteration: int) -> int:
        """The epoch an iteration belongs to, from 0."""
        return iteration // self.per_epoch

    def size_of(self, iteration: int) -> int:
        """Samples in the batch of this iteration: ``size``, or the remainder at an epoch's end."""
        first, last = self.span_of(iteration)
        return last - first

    def span_of(self, iteration: int) -> tuple[int, int]:
        """First and one past last place in the epoch's order of rows."""
        first = (iteration % self.per_epoch) * self.size
        return first, min(first + self.size, self.count)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The distinct batch sizes: the full one, then the remainder if there is one."""
        remainder = self.count % self.size
        return (self.size, remainder) if remainder else (self.size,)
