"""The help of `models add` names every layout with its shape."""

from vision_app.cli.models_change import _ADD_HELP
from vision_app.tasks.layouts import LAYOUTS


def test_the_help_lists_the_layouts_there_are():
    for name, layout in LAYOUTS.items():
        assert f"  {name:<14} {layout.form}\n" in _ADD_HELP
