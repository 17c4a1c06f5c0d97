# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
#
# `make demo` and `make test` need Python >= 3.10 with venv, g++, make and perl; the rest is
# installed into .venv. Nothing here needs root.

PYTHON ?= python3
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
EXTRAS ?= test
PYTEST ?=
DEMO ?= build/demo
BITSTREAM ?= build/bitstream

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
META := setup.cfg pyproject.toml
COMMA := ,
# What mypy checks beside conftest.py; the kernels and their tests are xnorflow.kernels.
TYPED := xnorflow sim benchmarks tests examples
TEST_STAMP := $(VENV)/.installed-$(subst $(COMMA),-,$(EXTRAS))

.DEFAULT_GOAL := help
.PHONY: help setup demo test slow fuzz lint sim synth bitstream train clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "xnorflow needs Python >= 3.10; say which with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || \
	  { rm -rf $(VENV); $(PYTHON) -m virtualenv --quiet $(VENV) 2>/dev/null; } || \
	  { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment; Debian and Ubuntu" \
	    "keep that in the package python3-venv" >&2; exit 1; }

$(VENV)/.installed: $(BIN)/python $(META)
	@echo "installing xnorflow into $(VENV)"
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	@echo "installing what $* needs"
	@$(PIP) install --editable '.[$(subst -,$(COMMA),$*)]'
	@touch $@

setup: $(VENV)/.installed  ## Install into .venv, so that .venv/bin/xnorflow runs

demo: setup  ## Compile, simulate and synthesise the MNIST model in models/
	$(BIN)/xnorflow compile models/tfc-mnist/model.onnx --board pynq-z1 --target-fps 1000000 \
	  -o $(DEMO) --quiet
	$(BIN)/xnorflow simulate $(DEMO) --input models/tfc-mnist/digits.npz --images 20
	$(BIN)/xnorflow synth $(DEMO)

test: $(TEST_STAMP)  ## Run all tests but the long sweeps
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(PYTEST)

slow: $(TEST_STAMP)  ## Run the long sweeps that `make test` leaves out
	$(BIN)/python -m pytest -m slow -n $(JOBS) --dist worksteal $(PYTEST)

fuzz: $(VENV)/.installed-test  ## Try random networks: MINUTES=10, or COUNT=2000 RTL=200 BRANCHED=1; spoilt models: MUTATE=2000; SEED=1
	$(BIN)/python -m tests.fuzz $(if $(MINUTES),--minutes $(MINUTES)) $(if $(COUNT),--count $(COUNT)) \
	  $(if $(RTL),--rtl $(RTL)) $(if $(BRANCHED),--branched) $(if $(SEED),--seed $(SEED)) \
	  $(if $(MUTATE),--mutate $(MUTATE)) $(if $(FIRST),--first $(FIRST))

sim: $(VENV)/.installed-test  ## Run the kernels' own tests
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal hw $(PYTEST)

lint: $(VENV)/.installed-test-lint  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	rm -rf build/typed build/lib build/bdist.*
	$(PIP) install --no-deps --target build/typed .
	MYPYPATH=build/typed $(BIN)/mypy --module conftest $(addprefix --package ,$(TYPED))

synth: setup  ## Synthesise the demo for both device families
	for board in pynq-z1 ulx3s-85f; do \
	  $(BIN)/xnorflow compile models/tfc-mnist/model.onnx --board $$board \
	    --target-fps 100000 -o build/synth-$$board --quiet && \
	  $(BIN)/xnorflow synth build/synth-$$board || exit 1; \
	done

bitstream: setup  ## Make the demo's bitstream for a ULX3S, and run that board simulated
	$(BIN)/xnorflow compile models/tfc-mnist/model.onnx --board ulx3s-85f --target-fps 100000 \
	  -o $(BITSTREAM) --quiet
	$(BIN)/xnorflow run $(BITSTREAM) --input models/tfc-mnist/digits.npz --images 20
	$(BIN)/xnorflow bitstream $(BITSTREAM)

train: $(VENV)/.installed-train  ## Train the MNIST model again, into build/
	$(BIN)/xnorflow train tfc-mnist -o build/tfc-mnist

clean:  ## Remove what was built, keep .venv
	rm -rf build dist compiler/*.egg-info
