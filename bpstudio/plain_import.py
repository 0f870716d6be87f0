"""Qt for Python, imported; then the `import` put back that stood before the last of those that it sets up.

That last one serves `from __feature__ import snake_case`, which nothing here uses. After each module that is imported it reads
its source from the disk and looks whether "PySide6" is in it: a start takes a twentieth longer, pyqtgraph too when it is loaded,
and `linecache` keeps all those lines. Whoever is loaded first of what uses Qt imports this module before all others.
"""

import builtins

import PySide6.QtCore  # noqa: F401

builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
