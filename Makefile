# One word a task. Every target works from a fresh clone with Python 3.11 or newer, pip and make, and works a second time.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help demo test check lint types contracts docs format bench clean

help:           ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/'

$(VENV)/.core: pyproject.toml constraints.txt
	@echo "installing burnish into $(VENV) (torch, transformers and peft: about 1.3 GB, a few minutes the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "burnish needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "installing the test tools into $(VENV)"
	@$(PIP) --editable '.[dev]'
	@touch $@

demo: $(VENV)/.core  ## fine-tune the embedded model on the starter rows and read the verdict
	@$(BIN)/burnish demo

test: $(VENV)/.dev  ## the tests
	@$(BIN)/pytest

lint: $(VENV)/.dev  ## style
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/ruff format --check src tests benchmarks

types: $(VENV)/.dev  ## strict types
	@$(BIN)/mypy

contracts: $(VENV)/.dev  ## who may import whom
	@$(BIN)/lint-imports

docs: $(VENV)/.dev  ## write the generated reference anew
	@$(BIN)/python docs/generate.py

check: lint types contracts test  ## all that CI asks, documents included

format: $(VENV)/.dev  ## mend the style
	@$(BIN)/ruff check --fix-only src tests benchmarks
	@$(BIN)/ruff format src tests benchmarks

clean:          ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis build dist
