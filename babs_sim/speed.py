"""Compiled code: one way to compile, one cache.

The cache lies in the user's cache folder under a fingerprint of the compiled sources and of numba,
so an edited source is never served from an old cache and a read-only installation works.
"""

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import njit
from numba.core import config, types
from numba.extending import intrinsic
from platformdirs import user_cache_dir

CACHE_VARIABLE = "BABS_SIM_CACHE"
_SOURCES = ("randomness.py", "speed.py", "lifecourse", "population")
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def cache_folder() -> Path:
    """Return the folder for what can be computed again (``BABS_SIM_CACHE`` overrides it)."""
    return Path(os.environ.get(CACHE_VARIABLE) or user_cache_dir("babs-sim", appauthor=False))


def source_fingerprint() -> str:
    """Return a hash of all compiled sources and of numba's version."""
    stamp = blake2b(numba.__version__.encode(), digest_size=8)
    here = Path(__file__).parent
    for name in _SOURCES:
        path = here / name
        for source in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            stamp.update(source.read_bytes())
    return stamp.hexdigest()


def compiled(function: F) -> F:
    """Compile a function: cached, without the interpreter lock, no Python errors for division."""
    return cast(F, njit(**_OPTIONS)(function))


def inlined(function: F) -> F:
    """Compile a small function into its callers."""
    return cast(F, njit(inline="always", **_OPTIONS)(function))


def _borrowed(typing: Any, value: Any) -> Any:
    """Return an array, or a tuple of arrays and numbers, without its owner.

    In compiled code alone.  What has no owner is not counted, so it can be passed on for nothing:
    each count is an atomic operation, and a call with many arrays costs more than what it does.
    The caller must keep the owner as long as the result is used.
    """

    def strip(context: Any, builder: Any, kind: Any, found: Any) -> Any:
        members: Any = kind
        if isinstance(kind, types.Array):
            array = context.make_array(kind)(context, builder, found)
            array.meminfo = array.meminfo.type(None)
            return array._getvalue()
        if isinstance(kind, types.BaseTuple):
            for place, one in enumerate(members):
                member = strip(context, builder, one, builder.extract_value(found, place))
                found = builder.insert_value(found, member, place)
        return found

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return strip(context, builder, signature.args[0], given[0])

    return value(value), generate


borrowed: Callable[[T], T] = cast(Any, intrinsic(_borrowed))


if not os.environ.get("NUMBA_CACHE_DIR"):
    setattr(config, "CACHE_DIR", str(cache_folder() / "compiled" / source_fingerprint()))  # noqa: B010
