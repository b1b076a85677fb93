# Two commands do everything on a fresh machine:
#   make eval CHECKPOINT=… DATA=…   sets up, evaluates a checkpoint
#   make test                       sets up, checks and tests everything
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SPLIT ?= test
OUT ?= runs
ARGS ?=

.PHONY: eval test lint setup benchmark clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[pictures]' --group dev
	touch $@

eval: $(STAMP)
	@test -n "$(CHECKPOINT)" || { echo "Say what to evaluate: make eval CHECKPOINT=folder-or-hub-id DATA=folder"; exit 2; }
	$(BIN)/xharness eval "$(CHECKPOINT)" $(if $(DATA),--data "$(DATA)") --split "$(SPLIT)" --out "$(OUT)" $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

benchmark: $(STAMP)
	$(BIN)/python tests/benchmarks/prediction.py
	$(BIN)/python tests/benchmarks/search.py
	$(BIN)/python tests/benchmarks/training.py
	$(BIN)/python tests/benchmarks/significance.py
	$(BIN)/python tests/benchmarks/calibration.py --processes 2
	$(BIN)/python tests/benchmarks/leaderboard.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
