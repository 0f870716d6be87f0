"""The modules marked xvfb, each in a process of its own on a virtual X display."""

import pytest

from tests.support.virtual_display import marked_modules, run_on_virtual_display


@pytest.mark.parametrize("module", marked_modules())
def test_on_a_virtual_display(module: str) -> None:
    run_on_virtual_display(module)
