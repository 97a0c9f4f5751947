# `make demo` and `make test` need only Python >= 3.11, pip and make; they install the rest into
# .venv, from PyPI.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test lint bench clean

demo: $(VENV)/embedded
	@examples/demo.sh

test: lint
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/dev
	$(BIN)/python -m bench

# pip is called from outside, so that Python needs no ensurepip of its own.
$(BIN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/embedded: $(BIN)/python pyproject.toml
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check -e '.[embedded]'
	@touch $@

$(VENV)/dev: $(BIN)/python pyproject.toml
	$(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check -e '.[embedded,dev]'
	@touch $@

clean:
	rm -rf $(VENV) bench/sources bench/work
