# Two commands do all set-up: `make lab` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# torch from pip's own index may bring gigabytes of CUDA; on a machine without a GPU: make lab TORCH_INDEX=https://download.pytorch.org/whl/cpu
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))

.PHONY: setup setup-dev lab reasoning test check docs bench reproduce clean

setup: $(VENV)/.lab

setup-dev: $(VENV)/.dev

$(VENV)/.lab: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) torch
	$(PIP) -e .
	touch $@

$(VENV)/.dev: $(VENV)/.lab
	$(PIP) -e '.[dev]'
	touch $@

lab: setup
	$(BIN)/skillscale lab

# Reinforcement learning on the ladder of `make lab`, which must be there.
reasoning: setup
	$(BIN)/skillscale reinforce --seeds 0,1,2
	$(BIN)/skillscale report

test: setup-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright

docs: setup-dev
	$(BIN)/python -m skillscale.cli.reference

bench: setup-dev
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/scoring.py
	$(BIN)/python benchmarks/generation.py
	$(BIN)/python benchmarks/world.py
	$(BIN)/python benchmarks/fitting.py
	$(BIN)/python benchmarks/emergence.py
	$(BIN)/python -m benchmarks.saturation
	$(BIN)/python benchmarks/theory.py
	$(BIN)/python -m benchmarks.test_time
	$(BIN)/python -m benchmarks.puzzles
	$(BIN)/python -m benchmarks.hosted
	$(BIN)/python benchmarks/reinforce.py

# Published figures, computed again from published measurements in ../shared/data.
reproduce: setup
	$(BIN)/python -m reproductions --shared ../shared --out docs/reproductions.md

clean:
	rm -rf $(VENV) build *.egg-info
