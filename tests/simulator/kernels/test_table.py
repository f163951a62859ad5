from caching.policies import POLICIES
from simulator.kernels.frame import CAPACITY, Run
from simulator.kernels.table import KERNELS


def test_every_live_policy_has_a_compiled_form_under_its_name() -> None:
    assert set(KERNELS) >= set(POLICIES)
    assert all(kernel.name == name for name, kernel in KERNELS.items())


def test_what_has_no_live_form_knows_the_future() -> None:
    assert all(KERNELS[name].future for name in set(KERNELS) - set(POLICIES))


def test_every_kernel_begins_without_options() -> None:
    for kernel in KERNELS.values():
        assert kernel.columns in {1, 2, 4, 8, 16}
        assert Run(kernel, 1000).registers[CAPACITY] == 1000
