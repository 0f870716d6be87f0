"""Lines along which a function on a grid has one value: marching triangles, as a pure function of arrays."""

import numpy as np

from bpstudio.model.spec import Array


def contour(x: Array, y: Array, values: Array, level: float) -> tuple[Array, Array]:
    """Ends of line pieces where ``values`` (h, w) on the grid ``x`` (w,), ``y`` (h,) cross ``level``: xs and ys, two a piece.

    Each cell is cut into two triangles; in a triangle the function is taken for linear, so that it has one piece or none.
    What is not finite has no line.
    """
    across, up = np.meshgrid(x, y)
    points = np.stack([across, up, values - level], axis=-1)
    corners = points[:-1, :-1], points[:-1, 1:], points[1:, :-1], points[1:, 1:]
    triangles = np.concatenate(
        [
            np.stack([corners[0], corners[1], corners[3]], axis=2).reshape(-1, 3, 3),
            np.stack([corners[0], corners[3], corners[2]], axis=2).reshape(-1, 3, 3),
        ]
    )
    is_above = triangles[..., 2] >= 0.0
    count = is_above.sum(axis=1)
    is_cut = ((count == 1) | (count == 2)) & np.isfinite(triangles[..., 2]).all(axis=1)
    triangles, is_above = triangles[is_cut], is_above[is_cut]
    # The corner that lies alone on its side; both pieces of the line end on its edges.
    alone = np.argmax(is_above == (is_above.sum(axis=1) == 1)[:, None], axis=1)
    rows = np.arange(len(triangles))
    tip = triangles[rows, alone]
    ends = [_crossing(tip, triangles[rows, (alone + k) % 3]) for k in (1, 2)]
    pieces = np.stack(ends, axis=1).reshape(-1, 2)
    return pieces[:, 0].copy(), pieces[:, 1].copy()


def _crossing(tip: Array, other: Array) -> Array:
    share = tip[:, 2] / (tip[:, 2] - other[:, 2])
    return np.asarray(tip[:, :2] + share[:, None] * (other[:, :2] - tip[:, :2]))
