# Two commands do everything on a machine that has Python 3.11+ and make:
#   make demo   installs into .venv, puts load on the sample shop, prints the bottleneck report
#   make test   installs into .venv, runs all tests
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCKED := --require-hashes --only-binary :all:

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types contracts bench lock clean install install-dev

help:
	@sed -n 's/^#   //p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' \
	  || { echo "slowhop needs Python 3.11 to 3.14; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) (once) ..."
	@$(PIP) install $(LOCKED) -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev-installed: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) (once) ..."
	@$(PIP) install $(LOCKED) -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run-installed

install: $(VENV)/.run-installed
install-dev: $(VENV)/.dev-installed

demo: $(VENV)/.run-installed
	@$(BIN)/slowhop demo

test: $(VENV)/.dev-installed
	@$(BIN)/python -m pytest

check: $(VENV)/.dev-installed
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev-installed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev-installed
	@$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
