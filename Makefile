# Everything a developer or an operator starts. `make` alone lists the targets.

PORT ?= 8000
VENV ?= .venv
PYTHON ?= $(shell tools/find_python.sh)

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
VENDORED := $(if $(wildcard package-lock.json),node_modules/.installed)
READY := $(INSTALLED) $(VENDORED)
PYTEST := $(BIN)/python -m pytest
# Tests that wait leave a processor to others; the fast ones hardly wait.
USUAL_PROCESSES = 4
NEVER_FAST = browser examples faults property proxies tools
SIDE_BY_SIDE = -n $(or $(PROCESSES),$(USUAL_PROCESSES)) --dist loadgroup
# A run of the tests starts some two hundred Pythons: they keep what they have compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run serve test test-fast test-all test-integrations bench verl lint clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(READY)  ## virtual environment and dependencies, nothing else

run: $(READY)  ## server on 127.0.0.1:PORT with agents doing research, until Ctrl-C
	@$(BIN)/python -m tools.run --port $(PORT) --with-example

serve: $(READY)  ## the same without the agents
	@$(BIN)/python -m tools.run --port $(PORT)

test: $(READY)  ## everything but the soak tests, on SQLite and on PostgreSQL with Valkey
	@tools/install_chromium.sh
	$(PYTEST) $(SIDE_BY_SIDE) -m "not soak" $(ARGS)

test-fast: USUAL_PROCESSES = 3
test-fast: $(READY)  ## SQLite only, no browser, nothing slow, no servers of a test's own
	$(PYTEST) $(SIDE_BY_SIDE) --backends sqlite $(ARGS) \
	  $(NEVER_FAST:%=--ignore=tests/%) \
	  -m "not slow and not browser and not faults and not soak and not own_servers"

test-all: $(READY)  ## make test and the soak tests
	@tools/install_chromium.sh
	$(PYTEST) $(SIDE_BY_SIDE) $(ARGS)

test-integrations: $(READY)  ## the client's integrations against the real libraries: 3.5 GB below var/
	@for name in frameworks crewai agent-lightning; do \
	  python=var/integrations/$$name/bin/python; \
	  test -x $$python || $(PYTHON) -m venv var/integrations/$$name || exit 1; \
	  for part in tests $$name; do \
	    $$python -m pip install -q --disable-pip-version-check -r client/integrations/$$part.txt || exit 1; \
	  done; \
	  $$python -m pytest -W default --durations 5 --backends sqlite tests/client/integrations $(ARGS) || exit 1; \
	done

bench: $(READY)  ## speed, measured against pgbench, a bare server and installed peers; about 45 minutes
	@bench/install_wrk.sh
	$(BIN)/python -m bench --keep $(ARGS)

verl: $(INSTALLED)  ## how good the verification layer is, how well calibrated, how fast
	$(BIN)/python -m tests.verl.evaluate

lint: $(INSTALLED)  ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:  ## remove what was installed; data below var/ stays
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(INSTALLED): requirements.txt requirements-dev.txt client/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found. Install it, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || { echo "Creating the virtual environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing what requirements-dev.txt lists; the first time takes about a minute"
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json $(INSTALLED)
	@echo "Installing the front end's libraries by lock file"
	$(BIN)/python -m tools.npm ci --no-audit --no-fund
	@touch $@
