"""Whether the edges must be painted anew when one state follows another, and whether that can wait."""

from bpstudio.viewstate.canvas_state import CanvasState

HEAVY = 1_400
"""From so many edges on, painting them all takes longer than a frame."""
FEW = 0.05
"""A share of changed edges that can wait for a sharp picture: those at work are drawn exactly at once."""


def is_heavy(state: CanvasState) -> bool:
    """Whether painting all edges takes longer than a frame."""
    return sum(band.numbers.size for band in state.bands) > HEAVY


def have_edges_changed(old: CanvasState, new: CanvasState) -> bool:
    """Whether the edges below everything look different."""
    return old.bands != new.bands or old.edge_scale != new.edge_scale or (old.focus is None) != (new.focus is None)


def are_few_changed(old: CanvasState, new: CanvasState) -> bool:
    """Whether so little of the edges has changed that it need not be seen at once."""
    if old.edge_scale != new.edge_scale or (old.focus is None) != (new.focus is None):
        return False
    pairs = list(zip(old.bands, new.bands, strict=True))
    if any(a.numbers.values.shape != b.numbers.values.shape for a, b in pairs):
        return False
    changed = sum(len(b.numbers.changed_from(a.numbers)) for a, b in pairs if a != b)
    return changed <= FEW * sum(band.numbers.size for band in new.bands)
