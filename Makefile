# Two commands do everything on a machine that has Python 3.11 to 3.14 and make:
#   make demo    installs into .venv, puts load on the sample shop, prints the bottleneck report
#   make test    installs into .venv, runs all tests
# and for those who change it:
#   make tools   builds what tests are run against: the OpenTelemetry Collector, Jaeger, ...
#   make check   format, lint, types, import contracts: what CI runs before the tests
#   make format  formats and mends what can be mended
#   make bench   measures receiving, decoding and analysing
#   make fuzz    damages inputs of every decoder; FUZZ_SECONDS=60 a target, GUIDED=1 by coverage
#   make golden  renews the golden files of the reports; look at the diff
#   make lock    pins every dependency anew, with uv
#   make clean   removes the environment and all caches
SHELL := /bin/sh
PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCKED := --require-hashes --only-binary :all:
KERNELS := analyzer/compiled.py $(wildcard analyzer/*/*kernel*.py)

# Tests and demos start a hundred processes; without bytecode each would compile the sources.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test tools check format bench fuzz golden lock clean install install-dev

help:
	@sed -n 's/^#   //p' Makefile

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' \
	  || { echo "slowhop needs Python 3.11 to 3.14; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "$(PYTHON) cannot make environments; Debian and Ubuntu have that in python3-venv" >&2; exit 2; }

$(VENV)/.run-installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) (once) ..."
	@$(PIP) install $(LOCKED) -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev-installed: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) with what tests need (once) ..."
	@$(PIP) install $(LOCKED) -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.run-installed
	@touch $@

golden: $(VENV)/.dev-installed
	@SLOWHOP_UPDATE_GOLDEN=1 $(BIN)/python -m pytest -q tests/reporters
	@git --no-pager diff --stat -- tests/reporters/golden

# Their machine code is kept beside the sources; without this the first run would wait for it.
$(VENV)/.compiled: $(VENV)/.run-installed $(KERNELS)
	@echo "compiling the analysis (once, about a minute) ..."
	@$(BIN)/python -m analyzer.pipeline.warm
	@touch $@

install: $(VENV)/.run-installed $(VENV)/.compiled
install-dev: $(VENV)/.dev-installed $(VENV)/.compiled

demo: install
	@$(BIN)/slowhop demo

# What judges where time goes has the machine to itself, two runs at one time, which mostly wait.
# Everything else shares it.
test: install-dev
	@status=0; \
	$(BIN)/python -m pytest tests/e2e -m live --numprocesses 2 || status=$$?; \
	$(BIN)/python -m pytest -m "not live" --numprocesses auto --maxprocesses 8 --dist loadfile \
	  --no-loadscope-reorder || status=$$?; \
	exit $$status

# Once, and again when their versions change: some 10 minutes and 3 GB, most of it Jaeger's.
tools: $(VENV)/.dev-installed
	@$(BIN)/python -m tests.real.tools

check: $(VENV)/.dev-installed
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev-installed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: install-dev
	@$(BIN)/python -m tests.bench

# By coverage it needs atheris, which exists for Linux on x86-64: pip install '.[fuzz]' in .venv.
FUZZ_SECONDS ?= 60
fuzz: install-dev
	@$(BIN)/python -m tests.fuzz --runs 1000000000 --seconds $(FUZZ_SECONDS) $(if $(GUIDED),--guided) $(TARGETS)

# The build backend is pinned too: the install builds without an environment of its own.
BACKEND := hatchling>=1.27\neditables>=0.5\n
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock:
	@printf '$(BACKEND)' | $(COMPILE) --extra services --extra dev -o requirements-dev.lock pyproject.toml - >/dev/null
	@printf '$(BACKEND)' | $(COMPILE) --extra services -c requirements-dev.lock -o requirements.lock pyproject.toml - >/dev/null

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
