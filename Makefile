# Two commands do everything on a fresh machine with Python and make: `make check` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: check test test-slow test-all bench bench-peers bench-page bench-queue cases lint clean
.DEFAULT_GOAL := check

# Each stamp is one set of packages installed into the virtual environment.
$(VENV)/.created:
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.proof: $(VENV)/.created pyproject.toml constraints.txt
	$(PIP) --editable '.[proof]'
	@touch $@

$(VENV)/.dev: $(VENV)/.created pyproject.toml constraints.txt
	$(PIP) --editable '.[dev,web]'
	@touch $@ $(VENV)/.proof

check: $(VENV)/.proof  ## re-prove every claim: the main job
	$(BIN)/python -m queueproof

test: $(VENV)/.dev  ## the whole test suite
	$(BIN)/python -m pytest -m "not slow" --numprocesses auto

test-slow: $(VENV)/.dev  ## the long-running tests too
	$(BIN)/python -m pytest --numprocesses auto

test-all: $(VENV)/.dev  ## the test suite on every Python 3.11 to 3.15 found (or PYTHONS="...")
	$(BIN)/python tests/every_python.py

bench: $(VENV)/.dev  ## treadle and its peers on the same question (BENCH="--repeats 3 ...")
	PYTHONPATH=tests $(BIN)/python -m bench $(BENCH)

bench-peers: $(VENV)/.dev  ## install the peers, in a virtual environment of their own
	PYTHONPATH=tests $(BIN)/python -m bench.install

bench-page: $(VENV)/.dev  ## write the figures of docs/benchmarks.json into docs/benchmarks.md
	PYTHONPATH=tests $(BIN)/python -m bench.page

bench-queue: $(VENV)/.dev  ## how fast the queues are, as ratios to the standard one
	$(BIN)/python -m boundedqueue.bench

cases: $(VENV)/.dev  ## install the published packages that tests/cases judges
	PYTHONPATH=tests $(BIN)/python -m cases.install

lint: $(VENV)/.dev  ## style, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV)
