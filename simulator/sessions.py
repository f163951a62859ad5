"""What a node is doing: its tasks, and the calls that these answer. When the node dies, all of it ends."""

from __future__ import annotations

from caching import Failure
from simulator.call import Call
from simulator.scheduler import Scheduler
from simulator.task import Steps, Task


class Sessions:
    """The tasks of one node, in the order in which they began."""

    __slots__ = ("_calls", "_scheduler")

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._calls: dict[Task, Call | None] = {}

    def start(self, steps: Steps, call: Call | None = None) -> None:
        """Begin a task; ``call`` is the one that it answers, if it answers one."""
        self._calls[Task(self._scheduler, steps, self._on_end)] = call

    def kill(self) -> None:
        """End every task where it stands, and break off what it was answering."""
        calls = dict(self._calls)
        for task, call in calls.items():
            task.close()
            if call is not None:
                call.fail(Failure.UNREACHABLE)

    def _on_end(self, task: Task) -> None:
        del self._calls[task]

    def __len__(self) -> int:
        return len(self._calls)
