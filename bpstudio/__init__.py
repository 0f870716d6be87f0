"""bpstudio: a debugger whose program is backpropagation. The public API; never imports Qt."""

import os

# One BLAS thread, set before NumPy is imported: a second one changes the bits.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

__version__ = "0.1.0"
