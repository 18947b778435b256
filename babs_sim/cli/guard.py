"""How a command ends: exit codes, and what is said about each kind of failure."""

import functools
import os
import platform
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

import typer

from babs_sim import __version__
from babs_sim.errors import Problems

FAILED, BAD_INPUT, STOPPED = 1, 2, 130

C = TypeVar("C", bound=Callable[..., None])


def guarded(command: C) -> C:
    """Turn what a command raises into an exit code and words on standard error.

    `Problems` are printed one a line (2); Ctrl-C says so (130); a reader that went away is no
    error (0); anything else is a failure of ours (1), with a traceback only where asked for.
    """

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
            sys.stdout.flush()
        except BrokenPipeError:
            _let_go_of_output()
        except Problems as found:
            _exit(BAD_INPUT, *map(str, found.problems))
        except KeyboardInterrupt as stopped:
            _exit(STOPPED, str(stopped) or "Stopped.")
        except typer.Exit:
            raise
        except Exception as error:
            if kwargs.get("debug"):
                traceback.print_exc()
            _exit(FAILED, *_failure(error))

    return cast("C", run)


def _failure(error: Exception) -> list[str]:
    reason = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, OSError | MemoryError):
        return [f"babs-sim stopped: {reason}"]
    return [
        f"babs-sim failed: {reason}",
        "The fault is in babs-sim, not in your files.",
        "Please report it: send the command, the lines that 'babs-sim ... --debug' prints, and "
        f"this: babs-sim {__version__}, Python {platform.python_version()}, {platform.platform()}.",
    ]


def _exit(code: int, *lines: str) -> NoReturn:
    try:
        for line in lines:
            print(line, file=sys.stderr)
        sys.stderr.flush()
    except BrokenPipeError:
        _let_go_of_output()
    raise typer.Exit(code)


def _let_go_of_output() -> None:
    """Point both outputs at nothing, so that the interpreter does not complain when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            continue
