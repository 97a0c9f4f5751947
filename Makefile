# `make demo` and `make test` need only Python >= 3.11, pip and make; they install the rest into
# .venv, from PyPI.
# The machine's Python, whole path: .venv/bin comes first on PATH below, and has a python3 too.
PYTHON := $(or $(PYTHON),$(shell command -v python3))
VENV := .venv
BIN := $(VENV)/bin
# Start-up counts: every run of ltogen would compile itself anew.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test lint property bench check existing links scons units pool lld-suite kills edits remote protos clean

demo: $(VENV)/embedded
	@examples/demo.sh

test: lint
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Long campaigns, outside CI.
property: $(VENV)/dev
	LTOGEN_EXAMPLES=200 $(BIN)/python -m pytest -n auto tests/test_property.py

bench: $(VENV)/dev
	bench/fetch.sh
	$(BIN)/python -m bench

check: $(VENV)/dev
	$(BIN)/python -m campaigns.checks

# Takes over builds of public projects and runs their own test suites: an hour and more.
existing: $(VENV)/dev
	$(BIN)/python -m campaigns.existing --fetch
	$(BIN)/python -m campaigns.existing
	$(BIN)/python -m campaigns.existing --toolchain embedded

# Builds public projects that have no Ninja with -fuse-ld=ltogen, and runs their own test suites.
links: $(VENV)/dev
	$(BIN)/python -m campaigns.links

# Builds public SCons projects with the builders, runs their own tests, and measures the overhead.
scons: $(VENV)/dev
	$(BIN)/python -m campaigns.scons

# Sources that are cut into codegen units: sqlite3, zstd, Lua, a parser; random programs and edits.
units: $(VENV)/dev
	$(BIN)/python -m campaigns.units

# The pool of job tokens: recursion, two hundred kills, a cap on memory, and what it all costs.
pool: $(VENV)/dev
	campaigns/pool/fetch.sh
	$(BIN)/python -m campaigns.pool

# lld's own tests by ld.ltogen, and what graphs linked repeated by lld; writes docs/trust.md's table.
lld-suite: $(VENV)/dev
	$(BIN)/python -m campaigns.lld_suite

# Small builds that are killed at each call that changes a file, and then finished. Needs strace.
kills: $(VENV)/dev
	$(BIN)/python -m campaigns.kills

# Random edits of public projects, built with LTOGEN_VERIFY; many builds over one store.
edits: $(VENV)/dev
	$(BIN)/python -m campaigns.edits --all

# Public projects by the workers of a farm, and two thousand actions: what each costs here.
remote: $(VENV)/dev
	LTOGEN_TEST_ENGINES=$$(tests/tools/engines.sh $(VENV)/engines) $(BIN)/python -m campaigns.remote

# The Remote Execution API's messages, out of git repositories of its .proto texts.
protos:
	PYTHON=$(PYTHON) tools/protos.sh "$(REMOTE_APIS)" "$(GOOGLEAPIS)"

# pip is called from outside, so that Python needs no ensurepip of its own.
$(BIN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/embedded: $(BIN)/python pyproject.toml
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check -e '.[embedded]'
	@touch $@

$(VENV)/dev: $(BIN)/python pyproject.toml
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check -e '.[embedded,dev]'
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
	    --target $(VENV)/scons-oldest scons==4.5.2
	@touch $@

clean:
	rm -rf $(VENV) bench/sources bench/work campaigns/work
