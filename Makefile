# Every target makes the virtual environment it needs: Python 3.11 or newer with its venv module is enough.
#   make            lists the targets
#   make test ARGS="tests/unit -k graph"

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
ONLY ?= *
CHECKOUTS ?=
SYSTEM ?= doc_extractor

PROJECTS := . $(patsubst %/pyproject.toml,%,$(wildcard systems/*/pyproject.toml))
# those that check their types in their own folder
APART := $(patsubst %/pyproject.toml,%,$(shell grep -l '^\[tool.mypy\]' systems/*/pyproject.toml))
PROJECT_FILES := $(patsubst %,%/pyproject.toml,$(PROJECTS))
LOCKED := --quiet --disable-pip-version-check --require-hashes
# a file that begins with _ is shared by benchmarks and measures nothing itself
BENCHMARKS := $(filter-out benchmarks/_%,$(wildcard benchmarks/$(ONLY).py))

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test kill-sweep test-lowest elsewhere lint format docs bench lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(VENV)/run  ## the main job of a system, first on SQLite, then on PostgreSQL; SYSTEM=file_platform for another
	@test -f systems/$(SYSTEM)/demo.py || { echo "no system named '$(SYSTEM)' in systems/" >&2; exit 2; }
	$(BIN)/python systems/$(SYSTEM)/demo.py $(ARGS)

test: $(VENV)/dev  ## all tests, on SQLite and on each PostgreSQL there is
	$(BIN)/python -m pytest -n 2 $(ARGS)

# what rests on Alembic's and SQLAlchemy's behaviour, on the lowest ones that pyproject.toml allows
CONTRACTS := tests/integration/test_templates.py tests/integration/test_plain_alembic.py \
	tests/integration/test_facts_equal_alembic.py tests/integration/test_graph_equals_alembic.py \
	tests/integration/test_ledger.py tests/integration/test_raw_statements.py \
	tests/integration/test_sqlite_atomicity.py tests/integration/test_alembic_versions.py \
	tests/integration/verify tests/integration/online

# SQLAlchemy 2.0 leaves a cursor of aiosqlite's to the garbage collector; 2.1 closes it
LEFT_OPEN := -W "default:coroutine 'Cursor.close':RuntimeWarning" -W default::pytest.PytestUnraisableExceptionWarning

test-lowest:  ## unit tests, and the contract with Alembic and SQLAlchemy, on the lowest versions we support
	@$(MAKE) --no-print-directory $(VENV)-lowest/dev VENV=$(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install $(LOCKED) --no-deps -r requirements/lowest.txt
	$(VENV)-lowest/bin/python -m pytest -n 2 tests/unit $(CONTRACTS) $(LEFT_OPEN) $(ARGS)

kill-sweep: $(VENV)/dev  ## SIGKILL at every boundary of every statement, for some minutes
	KILL_SWEEP=every $(BIN)/python -m pytest -n 2 tests/faults/sweep_every_boundary.py \
		tests/faults/test_autocommit_crash.py tests/faults/test_lost_commit.py tests/integration/test_races.py $(ARGS)

elsewhere: $(VENV)/dev  ## compare with plain Alembic in other people's projects; CHECKOUTS=folder
	@test -n "$(CHECKOUTS)" || { echo "say where they are: make elsewhere CHECKOUTS=FOLDER" >&2; exit 2; }
	$(BIN)/python tests/elsewhere/adopt.py "$(CHECKOUTS)" $(ARGS)

lint: $(VENV)/dev  ## style, types, and the directions of the imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@set -e; for system in $(APART); do (cd $$system && $(CURDIR)/$(BIN)/mypy .); done
	$(BIN)/lint-imports

format: $(VENV)/dev  ## lay out the code, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/dev  ## write docs/reference anew from the code; ARGS=--check only looks
	$(BIN)/python docs/generate.py $(ARGS)

bench: $(VENV)/dev  ## measurements beside peers, into docs/performance.md; ONLY=name runs one, ARGS=--small little
	@test -n "$(BENCHMARKS)" || { echo "no benchmark named '$(ONLY)' in benchmarks/" >&2; exit 2; }
	@set -e; for file in $(BENCHMARKS); do $(BIN)/python $$file $(ARGS); done
	$(BIN)/python benchmarks/_page.py

lock:  ## pin the newest versions that pyproject.toml allows
	test -x $(VENV)-lock/bin/uv || { $(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv; }
	echo "limosa @ file://$(CURDIR)" > $(VENV)-lock/here.txt  # which the systems ask for, and no index has
	$(COMPILE) --output-file requirements/run.txt
	$(COMPILE) --group pyproject.toml:dev \
		--constraint requirements/run.txt --output-file requirements/dev.txt

COMPILE = $(VENV)-lock/bin/uv pip compile $(PROJECT_FILES) --extra embedded --group pyproject.toml:build \
	--group pyproject.toml:demo --upgrade --universal \
	--override $(VENV)-lock/here.txt --no-emit-package limosa \
	--python-version 3.11 --generate-hashes --no-config --no-header --no-annotate --quiet

clean:  ## remove the virtual environment, caches and what was built
	rm -rf $(VENV) $(VENV)-lock $(VENV)-lowest build dist demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.egg-info' -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)

# dev.txt holds all of run.txt: whichever comes second only adds
$(VENV)/run $(VENV)/dev: $(VENV)/%: requirements/%.txt $(PROJECT_FILES) | $(VENV)/bin/python
	$(BIN)/python -m pip install $(LOCKED) -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		$(patsubst %,--editable %,$(PROJECTS))
	@touch $@
