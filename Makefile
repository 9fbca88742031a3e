# Two commands matter: `make demo` (a whole call, no keys) and `make test`. Everything installs into .venv.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
READY := $(VENV)/.ready

# uv brings certificates of its own; where the machine has some, those count, for they know its proxies.
CERTIFICATES := /etc/ssl/certs/ca-certificates.crt
ifneq ($(wildcard $(CERTIFICATES)),)
export SSL_CERT_FILE ?= $(CERTIFICATES)
endif

# pip's settings may know another way to the packages than uv's.
define install
$(BIN)/uv pip install --python $(BIN)/python $(1) || \
	$(BIN)/pip install --disable-pip-version-check $(1) || \
	{ echo "the packages could not be installed: the lines above say why; most often the network is not reachable"; exit 1; }
endef

help:  ## what there is
	@echo "voice-agent: a phone agent on your own machine"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12 | sed 's/^/  make /'

demo: $(READY)  ## one whole phone call: an order is looked up and moved (no keys, about a minute)
	@$(BIN)/voice-agent demo

serve: $(READY)  ## keep the agent running: browser page, and what to put into Twilio's console
	@$(BIN)/voice-agent serve

test: $(READY) lint  ## lint, types, import contracts and all tests
	@$(BIN)/pytest -n 2 --dist loadfile -m "not e2e and not speech"
	@$(BIN)/pytest -n 2 --dist loadfile -m "(e2e or speech) and not alone"   # calls in real time
	@$(BIN)/pytest -m alone   # calls side by side: they use both cores themselves

lint: $(READY)  ## ruff, mypy and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: $(READY)  ## latency, calls a core, and a stock bot beside it (40 minutes, a quiet machine)
	@$(BIN)/python -m benchmarks.latency
	@$(BIN)/python -m benchmarks.start
	@$(BIN)/python -m benchmarks.load
	@$(BIN)/python -m benchmarks.compare
	@$(BIN)/python -m benchmarks.report

adversary: $(READY)  ## what can a hostile model do? a hundred written calls in three languages
	@PYTHONPATH=tests $(BIN)/python -W ignore -m fakes.adversary

soak: $(READY)  ## a thousand calls, does anything stay behind? 10,000 mutated messages, does a call end? is each write done once? (resumable)
	@$(BIN)/python -m benchmarks.soak
	@$(BIN)/python -m benchmarks.mutated_media   # twenty minutes
	@$(BIN)/python -m benchmarks.exactly_once --resume   # an hour
	@$(BIN)/python -m benchmarks.exactly_once --resume --system stock --calls 200   # the control, a quarter of an hour

lock:  ## renew the two lock files after a change of pyproject.toml: for developers, and for the image
	@$(BIN)/uv pip compile pyproject.toml --extra local --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra local --universal --python-version 3.11 -c requirements.lock \
		--generate-hashes --no-header --no-annotate -o deploy/requirements.lock

install: $(READY)  ## what the other commands do first

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "missing: Python 3.11 or newer ($(PYTHON) is $$($(PYTHON) --version 2>&1)); on Debian 12: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "missing: Python's venv module; on Debian: apt install python3-venv"; exit 1; }
	@echo "[1/3] environment in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "[2/3] packages and models, about 500 MB the first time"
	@$(call install,--require-hashes -r requirements.lock)
	@echo "[3/3] voice-agent itself"
	@$(call install,--quiet --no-deps --editable .)
	@touch $(READY)

clean:  ## remove the environment and everything a run left
	rm -rf $(VENV) data runs .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.PHONY: help demo serve test lint bench adversary soak lock install clean
