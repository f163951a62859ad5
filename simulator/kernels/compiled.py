"""How kernels are compiled: the parts inlined, and references not counted.

Numba counts the references to an array whenever a function is given it or a name is bound to it: two locked
instructions each time, in the middle of a loop that takes ten nanoseconds a request. Kernels allocate none,
and their caller holds the arrays, so they do without; S3-FIFO became five times as fast by it. Numba's option
for that begins with an underscore, which is why it stands here alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """A kernel, or a part of one. The machine code is kept on disk; array arguments must outlive the call."""
    return njit(nogil=True, cache=True, forceinline=True, _nrt=False)(function)  # type: ignore[call-overload, no-any-return]


def assembled(function: F) -> F:
    """The same for one that is given compiled functions: Numba cannot keep such machine code on disk."""
    return njit(nogil=True, _nrt=False)(function)  # type: ignore[call-overload, no-any-return]
