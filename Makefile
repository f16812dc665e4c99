# Portal: what a developer or an operator can ask for. `make help` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
PINNED := install --root-user-action=ignore --no-deps --require-hashes --requirement
UV ?= uv
# Fetches htmx once, and keeps the icon sprite in step with the templates; nearly free when nothing changed.
ASSETS := $(BIN)/python deploy/assets.py

.DEFAULT_GOAL := help
.PHONY: help setup run native test lint fix migrate demo lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Install everything that a start needs, and nothing else
	@$(ASSETS)

run: setup ## Start the portal on http://localhost:8000 (PORT=9000 make run for another port)
	@exec $(BIN)/portal run

native: setup ## Build the password hash for this very processor, which halves its time (needs a C compiler; again after an update)
	@sed -n '/^argon2-cffi-bindings==/,/[^\\]$$/p' requirements.lock > $(VENV)/.native.txt
	@CFLAGS="-O3 -march=native" $(PIP) $(PINNED) $(VENV)/.native.txt --force-reinstall --no-binary argon2-cffi-bindings

test: setup $(VENV)/.installed-dev ## Run all tests on SQLite and PostgreSQL, with a real browser (ARGS="-k consent"; BOTH=1: all of them on both)
	@$(BIN)/python -m tests.support.chromium
	@$(BIN)/python -m tests.relying_parties.packages
	@$(BIN)/pytest --numprocesses=logical --maxprocesses=8 --dist=worksteal $(if $(BOTH),,--thrifty) $(ARGS)

lint: $(VENV)/.installed-dev ## Check style, types, import rules and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/djlint --lint --quiet templates

fix: $(VENV)/.installed-dev ## Mend what style checks can mend by themselves
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

migrate: setup ## Bring the database to the newest schema (a start does it too)
	@$(BIN)/portal migrate

demo: setup ## Start a portal full of invented people and apps, apart from your own
	@exec $(BIN)/portal demo

lock: ## Pin the newest versions of all packages (needs uv)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: $(BIN)/pip install uv, then make lock UV=$(BIN)/uv" >&2; exit 1; }
	@$(UV) pip compile $(LOCK_OPTIONS) pyproject.toml --group build --output-file requirements.lock
	@$(UV) pip compile $(LOCK_OPTIONS) pyproject.toml --group build --group dev --extra otel --extra granian --constraints requirements.lock --output-file requirements-dev.lock

# For every supported Python and system at once; with hashes; without a word about where packages came from.
LOCK_OPTIONS := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

# ------------------------------------------------------------------------------------------------ what is made once

# Stamps say what is installed. They count for nothing once the environment's Python is gone.
ifeq ($(wildcard $(BIN)/python),)
.PHONY: $(VENV)/.installed $(VENV)/.installed-dev
endif

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Portal needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo missing). Name one that fits: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null || { \
		rm -rf $(VENV); echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the packages of requirements.lock, each checked by its hash"
	@$(PIP) $(PINNED) requirements.lock
	@$(PIP) install --root-user-action=ignore --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the packages of requirements-dev.lock, for tests and checks"
	@$(PIP) $(PINNED) requirements-dev.lock
	@touch $@
