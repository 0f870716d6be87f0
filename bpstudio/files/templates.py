"""Runs to begin with: one run file each in resources/templates, in the order a menu lists them."""

from bpstudio import resources
from bpstudio.files.run_file import load_run_file
from bpstudio.model.spec import RunSpec

TEMPLATES: dict[str, str] = {
    "blank": "&Blank 2-2-1",
    "xor": "&Exclusive or",
    "two-layers": "&Two hidden layers",
    "classifier": "&Classifier for two inputs",
    "classes": "&Several classes",
    "regression": "&Regression on a sine",
}
"""Names and what a menu calls them."""


def template(name: str) -> RunSpec:
    """The run a template describes."""
    return load_run_file(resources.path("templates", f"{name}.json"))
