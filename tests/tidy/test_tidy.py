"""The rules of style that a machine can keep. Few, and each says in its failure why it is there."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "hashing",
    "caching",
    "manifests",
    "eventbus",
    "origin",
    "edge",
    "simulator",
    "loadtest",
    "headwater",
)
CORES = ("hashing", "caching", "manifests")

LONGEST_FUNCTION = 60
LONGEST_FILE = 300

WITHOUT_TEST_FILE = {
    "caching/actions.py": "named tuples without behaviour; test_exchange reads every one of them",
    "caching/leader.py": "a part of the Exchange; test_exchange and test_interleavings tell its stories",
    "caching/record.py": "facts without rules; test_exchange asserts them",
    "edge/disk/counters.py": "integers; tests/edge/disk/test_store.py asserts them",
    "headwater/commands/demo.py": "options; tests/headwater/test_demo.py runs the command",
    "headwater/commands/options.py": "declarations; the tests of the commands pass each of them",
    "headwater/__main__.py": "one call; every test that starts a node runs it",
}
"""Source files that have no test file of their own, each with the reason."""

IMPURE_MODULES = {
    "time",
    "random",
    "secrets",
    "uuid",
    "asyncio",
    "threading",
    "socket",
    "logging",
    "subprocess",
}
IMPURE_METHODS = {
    "now": "reads the clock",
    "utcnow": "reads the clock",
    "today": "reads the clock",
    "urandom": "is random",
    "read_text": "reads a file",
    "read_bytes": "reads a file",
}
IMPURE_BUILTINS = {
    "open": "opens a file",
    "input": "reads the terminal",
    "print": "writes to the terminal",
    "hash": "is salted for text, so two processes disagree",
}

HEAVY = {"aiohttp", "asyncio", "gevent", "locust", "msgspec", "prometheus_client", "rich", "typer", "uvloop"}

# Spelled in two pieces, so that this file does not break its own rule.
PACKAGE_INDEXES = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs", "registry." + "yarnpkg")
NOT_OURS = {"node_modules", "build", "dist", "artifacts", "__pycache__"}


def sources(*rooms: str) -> list[Path]:
    """The Python files of the rooms."""
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def project_files() -> Iterator[Path]:
    """Every file that a clone would have, and those not committed yet."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [n for n in folders if n not in NOT_OURS and not n.endswith((".egg-info", "_cache"))]
        folders[:] = [n for n in folders if n not in {".git", ".venv", ".hypothesis"}]
        yield from (Path(folder, name) for name in names)


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, the docstring not counted."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_no_function_is_too_long_to_read_at_once() -> None:
    long = {
        f"{shown(path)}:{function.lineno} {function.name}": length(function)
        for path in sources(*ROOMS, "bench", "tests")
        for function in functions(path)
        if length(function) > LONGEST_FUNCTION
    }
    assert not long, f"over {LONGEST_FUNCTION} lines, a function hides several steps; name them: {long}"


def test_no_file_holds_more_than_one_noun() -> None:
    suffixes = {".py", ".js", ".css", ".html"}
    files = (path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in suffixes)
    counts = {shown(path): len(path.read_text().splitlines()) for path in files}
    long = {name: count for name, count in counts.items() if count > LONGEST_FILE}
    assert not long, f"over {LONGEST_FILE} lines, a file holds two nouns; give each its own: {long}"


def test_every_source_file_has_its_test_file() -> None:
    expected = {
        shown(path): Path("tests", path.relative_to(ROOT).parent, f"test_{path.name}")
        for path in sources(*ROOMS)
        if path.name != "__init__.py" and shown(path) not in WITHOUT_TEST_FILE
    }
    absent = [
        f"{source} -> {test.as_posix()}" for source, test in expected.items() if not (ROOT / test).exists()
    ]
    assert not absent, f"tests mirror the sources, so that each is found from the other: {absent}"
    gone = [source for source in WITHOUT_TEST_FILE if not (ROOT / source).exists()]
    assert not gone, f"WITHOUT_TEST_FILE excuses files that are no more: {gone}"


def test_cores_are_pure() -> None:
    impure = [
        f"{shown(path)}:{line} {what}"
        for path in sources(*CORES)
        for line, what in impurities(ast.parse(path.read_text()))
    ]
    assert not impure, f"a core decides from its arguments, or the simulator can't replay it: {impure}"


def impurities(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and fault of whatever makes a module depend on more than its arguments."""
    in_dunder_hash = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name == "__hash__"
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
                yield from (
                    (node.lineno, f"imports {m}") for m in modules if m.split(".")[0] in IMPURE_MODULES
                )
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in IMPURE_MODULES:
                yield node.lineno, f"imports {module}"
            case ast.AsyncFunctionDef() | ast.Await():
                yield node.lineno, "is asynchronous"
            case ast.Call(func=ast.Attribute(attr=name)) if name in IMPURE_METHODS:
                yield node.lineno, f"calls .{name}(), which {IMPURE_METHODS[name]}"
            case ast.Call(func=ast.Name(id=name)) if (
                name in IMPURE_BUILTINS and id(node) not in in_dunder_hash
            ):
                yield node.lineno, f"calls {name}(), which {IMPURE_BUILTINS[name]}"


@pytest.mark.parametrize("core", CORES)
def test_importing_a_core_is_cheap(core: str) -> None:
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources(core)]
    imports = ", ".join(name.removesuffix(".__init__") for name in modules)
    dragged_in = (loaded_after(f"import {imports}") - loaded_after("pass")) & HEAVY
    assert not dragged_in, f"whoever needs only {core} should not pay for {sorted(dragged_in)}"


def loaded_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after the statement."""
    script = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_no_file_names_a_package_index() -> None:
    naming = [
        f"{shown(path)}: {index}"
        for path in project_files()
        for index in PACKAGE_INDEXES
        if index.encode() in path.read_bytes()
    ]
    assert not naming, (
        f"which index serves the packages is the machine's business, not the project's: {naming}"
    )
