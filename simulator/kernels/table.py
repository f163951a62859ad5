"""The compiled policies by name."""

from __future__ import annotations

from typing import Final

from simulator.kernels.arc import ARC
from simulator.kernels.belady import BELADY
from simulator.kernels.beladysize import BELADYSIZE
from simulator.kernels.clock import CLOCK
from simulator.kernels.fifo import FIFO
from simulator.kernels.frame import Kernel
from simulator.kernels.gdsf import GDSF
from simulator.kernels.lfu import LFU
from simulator.kernels.lfuda import LFUDA
from simulator.kernels.lirs import LIRS
from simulator.kernels.lru import LRU
from simulator.kernels.s3fifo import S3FIFO
from simulator.kernels.sieve import SIEVE
from simulator.kernels.slru import SLRU
from simulator.kernels.twoq import TWOQ
from simulator.kernels.wtinylfu import WTINYLFU

KERNELS: Final[dict[str, Kernel]] = {
    kernel.name: kernel
    for kernel in (
        FIFO,
        LRU,
        CLOCK,
        SIEVE,
        LFU,
        SLRU,
        TWOQ,
        ARC,
        LIRS,
        LFUDA,
        GDSF,
        S3FIFO,
        WTINYLFU,
        BELADY,
        BELADYSIZE,
    )
}
