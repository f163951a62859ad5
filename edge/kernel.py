"""What the kernel is told about listening sockets, as programs of classic BPF; Linux understands them.

Where it does not, both functions say False, and nothing is changed.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from collections.abc import Sequence

_SO_ATTACH_FILTER, _SO_ATTACH_REUSEPORT_CBPF = 26, 51

_LOAD_BYTE, _LOAD_WORD, _AND, _MODULO, _IF_EQUAL, _RETURN = 0x30, 0x20, 0x54, 0x94, 0x15, 0x06
_RANDOM = 0xFFFF_F000 + 56  # an extension: where a program loads it from, there is a random number

_FLAGS_OFFSET, _SYN, _SYN_ACK = 13, 0x02, 0x12
_ALL_BYTES = 0xFFFF_FFFF

_Instruction = tuple[int, int, int, int]

_NO_SYN: tuple[_Instruction, ...] = (
    (_LOAD_BYTE, 0, 0, _FLAGS_OFFSET),
    (_AND, 0, 0, _SYN_ACK),
    (_IF_EQUAL, 0, 1, _SYN),
    (_RETURN, 0, 0, 0),
    (_RETURN, 0, 0, _ALL_BYTES),
)


def let_nobody_begin(sockets: Sequence[socket.socket]) -> bool:
    """Pass over attempts to connect, so that they are refused once the sockets are closed.

    Who has begun is let in. Whether the kernel does it.
    """
    return not [each for each in sockets if not _attach(each, _SO_ATTACH_FILTER, _NO_SYN)]


def steer(group: Sequence[socket.socket], wanted: Sequence[int]) -> bool:
    """Send those who connect to some sockets of a group on one port (SO_REUSEPORT), each to one at random.

    ``wanted`` are numbers of sockets, in the order in which they began to listen. Whether the kernel does it.
    """
    program: list[_Instruction] = [(_LOAD_WORD, 0, 0, _RANDOM), (_MODULO, 0, 0, len(wanted))]
    for turn, number in enumerate(wanted):
        program += [(_IF_EQUAL, 0, 1, turn), (_RETURN, 0, 0, number)]
    program.append((_RETURN, 0, 0, _ALL_BYTES))
    return bool(wanted) and _attach(group[0], _SO_ATTACH_REUSEPORT_CBPF, program)


def _attach(listening: socket.socket, option: int, program: Sequence[_Instruction]) -> bool:
    if sys.platform != "linux":
        return False
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    kept = ctypes.create_string_buffer(code, len(code))
    try:
        listening.setsockopt(
            socket.SOL_SOCKET, option, struct.pack("HP", len(program), ctypes.addressof(kept))
        )
    except OSError:
        return False
    return True
