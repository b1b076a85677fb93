# Two commands do everything on a fresh machine:
#   make eval                       sets up, evaluates the checkpoint that comes along on the suite that comes along
#   make eval CHECKPOINT=… DATA=…   the same with your checkpoint, on XTREME
#   make test                       sets up, checks and tests everything
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP_LOG := $(VENV)/pip.log
CHECKPOINT ?=
SUITE ?= $(if $(CHECKPOINT),xtreme,mini)
SPLIT ?= test
OUT ?= runs
ARGS ?=

.PHONY: eval test lint setup docs benchmark clean

setup: $(STAMP)

# A Python that is of use is looked for only where there is no environment yet. One without pip is what is left where
# python3-venv was missing: it is made again.
$(STAMP): pyproject.toml constraints.txt
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || { $(CHECK_PYTHON) && $(PYTHON) -m venv --clear $(VENV); }
	@echo "Setting up $(VENV); the first time takes some minutes."
	@{ $(PIP_INSTALL) --upgrade pip && $(PIP_INSTALL) --editable '.[pictures]' --group dev; } > $(PIP_LOG) 2>&1 || $(call SAY,$(PIP_FAILED))
	@touch $@

PIP_INSTALL = $(BIN)/python -m pip install --quiet --constraint constraints.txt
SAY = { echo "$(1)" >&2; exit 1; }
CHECK_PYTHON = { command -v "$(PYTHON)" > /dev/null || $(call SAY,$(NO_PYTHON)); } \
	&& { "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || $(call SAY,$(OLD_PYTHON)); } \
	&& { "$(PYTHON)" -c 'import ensurepip, venv' 2> /dev/null || $(call SAY,$(NO_VENV)); }
NO_PYTHON = There is no $(PYTHON) here: install Python 3.11 or newer (on Debian or Ubuntu: apt install python3 python3-venv), or name one with make PYTHON=/path/to/python3.
OLD_PYTHON = xharness needs Python 3.11 or newer and $(PYTHON) is older: install a newer one (on Ubuntu: apt install python3.12 python3.12-venv) and name it with make PYTHON=python3.12.
NO_VENV = $(PYTHON) cannot make virtual environments: install its venv package (on Debian or Ubuntu: apt install python3-venv) and run make again.
PIP_FAILED = pip could not install what xharness needs: connect this machine to pypi.org, or name a mirror with PIP_INDEX_URL or a folder of wheels with PIP_FIND_LINKS, and run make again; $(PIP_LOG) has pip's own words.

eval: $(STAMP)
	$(BIN)/xharness eval "$(or $(CHECKPOINT),demo)" --suite "$(SUITE)" $(if $(DATA),--data "$(DATA)") --split "$(SPLIT)" --out "$(OUT)" --picture "$(OUT)/scores.svg" $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

docs: $(STAMP)
	$(BIN)/python docs/site/commands.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --config-file docs/site/mkdocs.yml
	@echo "The pages are in build/site: open build/site/index.html"

benchmark: $(STAMP)
	$(BIN)/python tests/benchmarks/prediction.py
	$(BIN)/python tests/benchmarks/search.py
	$(BIN)/python tests/benchmarks/training.py
	$(BIN)/python tests/benchmarks/significance.py
	$(BIN)/python tests/benchmarks/calibration.py --processes 2
	$(BIN)/python tests/benchmarks/leaderboard.py
	$(BIN)/python tests/benchmarks/listing.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
