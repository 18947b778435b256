"""A progress bar that knows the time left; nothing where nobody watches."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """Shows how far a run is, on standard error while that is a terminal.

    Each new text is a stage of its own, with its own bar and time left.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._bars: Progress | None = None
        self._task: TaskID | None = None
        self._text = ""
        if not quiet and sys.stderr is not None and sys.stderr.isatty():
            self._bars = _bars()

    def __enter__(self) -> "Bar":
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, done: int, total: int, text: str) -> None:
        """Show that ``done`` of ``total`` steps of the stage ``text`` are done."""
        if self._bars is None:
            return
        if self._task is None or text != self._text:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task, self._text = self._bars.add_task(text, total=total), text
        self._bars.update(self._task, completed=done, total=total)


def _bars() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeLeft(compact=True),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
    )
