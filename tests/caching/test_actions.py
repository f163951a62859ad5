import inspect
from typing import get_args

from caching import Action, actions


def test_a_driver_that_obeys_every_action_obeys_all_there_are() -> None:
    """The union is what ``assert_never`` in a driver is checked against."""
    defined = {kind for _, kind in inspect.getmembers(actions, inspect.isclass) if hasattr(kind, "_fields")}
    mine = {kind for kind in defined if kind.__module__ == actions.__name__}
    assert set(get_args(Action)) == mine and len(mine) == 6
