# Every target installs what it needs: a machine needs Python 3.10 or newer, and Go where Pulumi itself is missing.
#
#   PYTHON=python3.12 make up      with another Python

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
# A run is several short processes; without bytecode each of them compiles the whole package first.
unexport PYTHONDONTWRITEBYTECODE

# Processes that run tests: one more than there are cores, because a test on the engine waits now and then.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
# The tests that start no engine and no provider process.
UNIT := tests/core tests/services tests/preview tests/review

.DEFAULT_GOAL := help
.PHONY: help up preview destroy sandbox check unit test matrix wheel docs reference bench fire clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

up: $(INSTALLED) ## run the quickstart against a sandbox of both services
	@tools/quickstart up --yes

preview: $(INSTALLED) ## show what `make up` would do
	@tools/quickstart preview

destroy: $(INSTALLED) ## take down what `make up` made
	@tools/quickstart destroy --yes

sandbox: $(INSTALLED) ## serve the sandbox until Ctrl-C and print how to reach it
	@$(BIN)/pulumi-retrieval sandbox --data .run/sandbox --organization Quickstart

check: $(INSTALLED) ## style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@for program in examples/*/__main__.py examples/*/policy/__main__.py examples/*/ci/*.py; do $(BIN)/mypy --no-error-summary $$program || exit 1; done
	$(BIN)/lint-imports

unit: $(INSTALLED) ## the tests of the inner loop, without the engine: a minute or two
	$(BIN)/pytest -q -n $(WORKERS) --dist worksteal $(UNIT)

test: check ## check, and all tests with coverage
	@$(BIN)/python tools/engine.py > /dev/null
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term

matrix: $(INSTALLED) ## unit tests and provider processes on Python 3.10 to 3.14, those that this machine has
	$(BIN)/nox

wheel: $(INSTALLED) ## build source archive and wheel into dist, and install the wheel into an empty environment
	rm -rf dist
	$(BIN)/uv build --quiet
	$(BIN)/pytest -q tests/engine/test_distribution.py

docs: $(INSTALLED) reference ## build the documentation into site/index.html
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo site/index.html

reference: $(INSTALLED) ## write the generated pages of docs/reference and the typed arguments anew
	@PYTHONPATH=tools $(BIN)/python -m reference

bench: $(INSTALLED) ## compare with the engine alone and with bare calls
	@PYTHONPATH=tools $(BIN)/python -m bench

# FIRE=matrix, steps, kills, fuzz or mutants runs one part. What was stopped goes on where it was.
fire: $(INSTALLED) ## faults, kills, generated inputs and mutants, all of them: some three hours
	@PYTHONPATH=tools:tests $(BIN)/python -m fire $(FIRE)

clean: ## forget the sandbox and its stack, and remove caches
	rm -rf .run .nox dist build site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.*

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "needs Python 3.10 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "installing into .venv" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
