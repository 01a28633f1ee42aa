# Two commands do all the set-up: `make up` starts Haihe, `make test` proves it.
# They need Python >= 3.11, make and the package registry, nothing else.

PYTHON ?= python3
VENV ?= .venv
PORT ?=
NAME ?= core
ARGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

export PATH := $(PATH):/usr/sbin  # Debian puts mosquitto there, and not in everyone's path.
# Images for servers often set it; then each of the suite's many programs compiles the house anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help up test lint bench lock clean peers

help:  ## Print this.
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "make %-6s  %s\n", $$1, $$2 }' Makefile
	@echo "Settings: PYTHON=python3.12  PORT=8080 (up)  NAME=core (bench)  ARGS='...' (up, test, bench)"

up: $(VENV)/.installed-run  ## Install, then run the demo and print its address. Stop it with Ctrl-C.
	@$(BIN)/haihe up --demo $(if $(PORT),--port $(PORT)) $(ARGS)

test: $(VENV)/.installed-test peers lint  ## Install what the tests need, then check style, types, layers and behaviour.
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS) || { \
		echo "These failed; once more, alone: a browser is slow beside other work"; \
		$(BIN)/python -m pytest --last-failed --last-failed-no-failures=none $(ARGS); }

lint: $(VENV)/.installed-test  ## Check style, types and layers only.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-run  ## Print one measurement, such as NAME=core ARGS=--quick.
	@$(BIN)/haihe bench $(NAME) $(ARGS)

lock: $(VENV)/pyvenv.cfg  ## Write requirements.lock anew; ARGS=--upgrade takes newer versions.
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --system-certs --universal --python-version 3.11 --extra test \
		--no-header --no-emit-index-url --no-emit-find-links --no-annotate $(ARGS) \
		--output-file requirements.lock pyproject.toml

clean:  ## Remove what the other targets made, but no data.
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# What the console is built from; a change of it builds it anew.
CONSOLE := hatch_build.py $(wildcard console/*.* console/public/* console/src/*.* console/src/*/*)

# Sets of packages. A stamp is older than its causes exactly when it must be done again.
$(VENV)/.installed-run: pyproject.toml requirements.lock $(CONSOLE) $(VENV)/pyvenv.cfg
	@echo "Installing Haihe into $(VENV)"
	@$(PIP) install --constraint requirements.lock --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml requirements.lock $(CONSOLE) $(VENV)/pyvenv.cfg
	@echo "Installing Haihe and what its tests need into $(VENV)"
	@$(PIP) install --constraint requirements.lock --editable ".[test]"
	@touch $@ $(VENV)/.installed-run

# Debian keeps `venv` in a package of its own; as root we fetch it, else we say what to do.
$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "'$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo not there); Haihe needs Python 3.11 or" \
			"newer. Name one that is: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(call apt-install,python3-venv) || true
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "'$(PYTHON) -m venv' failed. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

# What some tests talk to and look through. It never fails: without it they are skipped and say why.
peers:
	$(call peer,mosquitto,the MQTT broker some tests talk to)
	$(call peer,chromium-headless-shell,the browser some tests look through)

peer = @command -v $(1) >/dev/null \
	|| { echo "Installing $(1): $(2)"; $(call apt-install,$(1)); } \
	|| echo "$(1) is not here and could not be installed: tests that can do with nothing else are skipped"

apt-install = { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	&& timeout 120 apt-get update -qq >/dev/null 2>&1 \
	&& DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq \
		--no-install-recommends $(1) >/dev/null 2>&1; }
