# The commands of this project. `make demo` and `make test` are all that a newcomer needs.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help venv demo test bench conformance fuzz kill check lock clean
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

venv: $(STAMP) ## the virtual environment alone (quick when nothing changed)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Headwater needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: venv ## the whole system on a real clip; DEMO_SECONDS=60 ends by itself, DEMO_ARGS are handed on
	$(BIN)/headwater demo $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS)) $(DEMO_ARGS)

test: venv ## all tests (those that need Chromium skip with a line when it is absent)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# The options of the two differ, so who gives some means one of them: the edge's, unless BENCH names the other.
BENCH ?= $(if $(BENCH_ARGS),edge,simulator edge)
bench: venv ## simulator beside libcachesim, edge beside nginx and Varnish; BENCH=edge: one, BENCH_ARGS are handed on
	@set -e; for which in $(BENCH); do $(BIN)/headwater bench $$which $(BENCH_ARGS); done

conformance: venv ## the public HTTP cache tests against an edge (needs Node.js with npm); CONFORMANCE_ARGS are handed on
	$(BIN)/python -m tests.conformance $(CONFORMANCE_ARGS)

fuzz: venv ## a million inputs through each parser of what peers send; FUZZ_ARGS are handed on (--inputs, --seed, --target)
	$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

kill: venv ## an edge with a disk, killed 200 times under load; KILL_ARGS are handed on (--kills, --seed, --enospc, --json)
	$(BIN)/python -m tests.kill $(KILL_ARGS)

check: venv ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: ## pin anew after a change of pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-header --quiet pyproject.toml -o requirements.lock

clean: ## remove what was built, the environment included
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info node_modules artifacts
