import gc
import mmap
import resource
import weakref

from edge.disk.mappings import Mappings, most_mappings


def test_the_least_recently_used_is_let_go() -> None:
    mappings = Mappings(2)
    one, two, three = (memoryview(bytes([number])) for number in (1, 2, 3))
    mappings.put(1, one)
    mappings.put(2, two)
    assert mappings.get(1) is one
    mappings.put(3, three)
    assert (mappings.get(1), mappings.get(2), mappings.get(3)) == (one, None, three)
    mappings.drop(1)
    mappings.drop(1)
    assert len(mappings) == 1


def test_half_of_them_can_be_let_go() -> None:
    mappings = Mappings(9)
    for number in range(5):
        mappings.put(number, memoryview(b""))
    mappings.halve()
    assert [number for number in range(5) if mappings.get(number) is not None] == [3, 4]
    mappings.clear()
    mappings.halve()
    assert len(mappings) == 0


def test_a_mapping_lives_until_its_last_reader_lets_go() -> None:
    mapped = mmap.mmap(-1, 8)
    mapped[:] = b"is there"
    alive = weakref.ref(mapped)
    mappings = Mappings(1)
    mappings.put(1, memoryview(mapped)[:])
    reader = mappings.get(1)
    del mapped
    mappings.clear()
    gc.collect()
    assert reader == b"is there" and alive() is not None
    reader = None
    gc.collect()
    assert alive() is None


def test_the_system_limits_how_many_there_may_be() -> None:
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert most_mappings(7) == 7
    assert most_mappings(10**9) <= max(descriptors // 2, 1)
    assert most_mappings(0) == 1
