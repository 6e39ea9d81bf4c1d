# A fresh machine needs Python 3.11 or newer, make and git. All else is made here, in .venv/ and .tools/, without root.

PYTHON ?= python3
BUNDLE ?= bundle
# More workers than this cost more to start than they save.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 8))')

BIN := .venv/bin
SOURCES := $(wildcard src tests examples benchmarks)
# What scripts/get-prometheus.sh has found or fetched comes first: a promtool on PATH may be too old.
export PATH := $(CURDIR)/.tools/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help generate test lint format golden docs benchmark example prometheus clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

generate: .venv/ready ## Write the monitoring bundle of the content platform to bundle/
	$(BIN)/metricloom generate --output $(BUNDLE)

test: prometheus lint ## Run every check and test of this project
	$(BIN)/python -m pytest -n $(WORKERS)

lint: .venv/ready ## Run the checks that need no test: ruff, mypy, import layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(SOURCES)
# Its cache knows nothing of modules that came later.
	$(BIN)/lint-imports --no-logo --no-cache

format: .venv/ready ## Format the code, and mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

golden: .venv/ready ## Generate the bundle that the tests compare with; look at the difference before committing it
	$(BIN)/metricloom generate examples/http_service.py --output tests/golden/http_service

docs: .venv/ready ## Write docs/checks.md from the checks
	$(BIN)/metricloom explain --markdown > docs/checks.new
	mv docs/checks.new docs/checks.md

benchmark: .venv/ready prometheus ## Measure speed and memory, as ratios
	$(BIN)/python -m benchmarks

example: generate ## Run a service that uses the bundle, under load, with a Prometheus that watches it
	@scripts/get-prometheus.sh .tools || true
	@$(BIN)/python -m examples.content_service --bundle $(BUNDLE) $(OPTIONS)

prometheus: ## Find or fetch promtool (and Prometheus and its Pushgateway, if there are any) into .tools/bin
	@scripts/get-prometheus.sh .tools
	@scripts/get-pushgateway.sh .tools

clean: ## Remove everything that was made here
	rm -rf .venv .tools $(BUNDLE) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

.venv/ready: pyproject.toml scripts/make-venv.sh scripts/apt-unpack.sh
	@scripts/make-venv.sh $(PYTHON) .venv
