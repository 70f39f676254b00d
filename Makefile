# What a newcomer needs: `make demo`, `make test`. Everything is set up inside this folder, in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help demo test quick check compiled bench format lock clean

help: ## Show this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

demo: $(VENV)/.run ## Start a server with a populated tenant and watch a freeze from beginning to end
	@$(BIN)/frostgate demo $(ARGS)

# A file's tests stay in one process, because some share a server; each process has a PostgreSQL of its own.
test: $(VENV)/.dev ## Run every test; PostgreSQL and SMTP come from packages and are started by the tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

quick: $(VENV)/.dev ## Most tests, on SQLite alone: while working
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile -m "not slow" -k "not postgresql" $(ARGS)

check: $(VENV)/.dev ## Formatting, lints, types, import contracts, policies
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/frostgate policy check
	@$(BIN)/frostgate policy test > /dev/null

# Built anew each time: what was compiled of an older source must never stay.
compiled: $(VENV)/.dev ## Compile the busiest modules into .compiled (needs a C compiler): PYTHONPATH=.compiled uses them
	@rm -rf .compiled
	@COMPILE_FROSTGATE=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --target .compiled .

bench: $(VENV)/.dev ## Measure, each figure beside its yardstick
	@$(BIN)/python -m bench $(ARGS)

format: $(VENV)/.dev ## Format the sources
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/.dev ## Pin every dependency anew, with hashes and without addresses
	@$(BIN)/python tools/lock.py

clean: ## Remove what was set up here, and the demo's data
	rm -rf $(VENV) .compiled .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Frostgate needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

# --no-deps: the lock is complete, and one package pins a reader of 2020 that we replace (see pyproject.toml).
$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Setting up (about a minute the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	@echo "Setting up what tests and checks need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@touch $@
