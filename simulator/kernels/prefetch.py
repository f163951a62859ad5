"""Ask the processor for a row some requests before it is needed: a trace tells the future.

A table of ten million objects lies in memory, and a load from there takes as long as a hundred
instructions. Asked for in time it costs one. To prefetch beyond an array is harmless: nothing is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils as untyped
from numba.extending import intrinsic

from simulator.kernels.frame import U32

cgutils: Any = untyped

AHEAD: Final = np.uint64(16)
"""How many requests ahead: far enough for memory, near enough for the first-level cache to keep them."""


def _prefetch(typing_context: Any, table: Any, row: Any) -> Any:
    """The signature and the machine's instruction for Numba."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, index = signature.args
        array = context.make_array(kind)(context, builder, arguments[0])
        first = context.get_constant(types.uintp, 0)
        place = context.cast(builder, arguments[1], index, types.uintp)
        address = cgutils.get_item_pointer(context, builder, kind, array, [place, first], wraparound=False)
        word, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        instruction = ir.FunctionType(ir.VoidType(), [pointer, word, word, word])
        callee = cgutils.get_or_insert_function(builder.module, instruction, "llvm.prefetch.p0")
        to_write, keep, data = word(1), word(3), word(1)
        builder.call(callee, [builder.bitcast(address, pointer), to_write, keep, data])
        return context.get_dummy_value()

    return types.void(table, row), generate


prefetch: Callable[[U32, np.uint64], None] = cast(Any, intrinsic(_prefetch))
"""Begin to bring a row of a table into the cache, to be written."""
