# What a developer types. Everything runs in .venv, which the first target makes.
PYTHON ?= python3
BIN := .venv/bin
EXTRAS := dev,offline,serve

.PHONY: demo test coverage lint format bench stress toy clean

demo: .venv/ready
	$(BIN)/scenelist demo demo

# A file's tests stay together, as many files at a time as there are cores (four at most).
test: .venv/ready
	$(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile

# The same, slower, and which lines no test runs.
coverage: .venv/ready
	$(BIN)/pytest --cov --cov-report=term:skip-covered

lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# What is measured, one command each; docs/ holds the tables. CAPTIONS is a folder of caption files.
CAPTIONS ?= ../shared/captions
bench: .venv/ready
	$(BIN)/python -m benchmarks.highlights
	$(BIN)/python -m benchmarks.retrieval $(CAPTIONS) --questions 400
	$(BIN)/python -m benchmarks.confidence $(CAPTIONS)
	$(BIN)/python -m benchmarks.wording $(CAPTIONS)
	$(BIN)/python -m benchmarks.search_latency $(CAPTIONS) --rows 10000
	$(BIN)/python -m benchmarks.answering
	$(BIN)/python -m benchmarks.index_speed
	$(BIN)/python -m benchmarks.cluster
	$(BIN)/python -m benchmarks.memory --sizes 256m
	$(BIN)/python -m benchmarks.serve $(CAPTIONS)
	$(BIN)/python -m benchmarks.speech --captions $(CAPTIONS)

# What a library survives: kills, damaged files, moves, upgrades; about half an hour.
stress: .venv/ready
	$(BIN)/python -m benchmarks.stress

# The toy checkpoint, from nothing: an hour and a half on two cores; stop it and it goes on where it was.
toy: .venv/ready
	$(BIN)/python -m toy.training.train runs/toy
	$(BIN)/python -m toy.training.evaluate runs/toy/checkpoint

format: .venv/ready
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.venv/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Scenelist needs Python 3.11 or newer: set PYTHON=python3.12, say.")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[$(EXTRAS)]'
	touch $@

clean:
	rm -rf .venv demo dist
