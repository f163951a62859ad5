"""Admission rules, one a file, named as published, and how a policy comes to stand behind one."""

from caching.admission.adaptsize import AdaptSize
from caching.admission.guarded import Guarded
from caching.admission.make import ADMISSIONS, admission_options, make_admission
from caching.admission.protocol import Admission
from caching.admission.second import SecondRequest
from caching.admission.size import SizeLimit
from caching.admission.tinylfu import TinyLfu

__all__ = [
    "ADMISSIONS",
    "AdaptSize",
    "Admission",
    "Guarded",
    "SecondRequest",
    "SizeLimit",
    "TinyLfu",
    "admission_options",
    "make_admission",
]
