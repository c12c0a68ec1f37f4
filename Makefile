# What a fresh machine needs: make, git, and Python 3.11 to 3.13 with venv. Everything else is installed in .venv.
# Stamps live in .venv, so that removing it forgets them too.

SHELL := /bin/sh
PYTHON := .venv/bin/python
UV := .venv/tools/bin/uv
WEB := $(PYTHON) web_client/build.py
# Compiled once here, since every process of the product and of the tests would else do it again for itself.
unexport PYTHONDONTWRITEBYTECODE
SYNC := $(UV) pip sync --quiet --compile-bytecode --require-hashes --python $(PYTHON)
PIP_BESIDE := $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --target
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-emit-index-url \
	--no-emit-find-links
ARGS ?=
SHARED := -n 2 --dist loadgroup --no-loadscope-reorder
ENGINES := tests/transcripts/test_engines.py
# PyTorch is installed beside the other tests, in minutes or not at all. What needs it comes last, in a run of its own:
# with torch in reach every process of the product would load it. Without it, that run's last lines say what it skipped.
TRY_TORCH = timeout 300 $(MAKE) -s .venv/openai-whisper >/dev/null 2>&1 &
BOTH_ENGINES = PYTHONPATH=.venv/openai-whisper $(PYTHON) -m pytest $(ENGINES)

.PHONY: help run test soak test-openai-whisper check bench protocol lock web browser dev clean
.DEFAULT_GOAL := help

help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 26

run: .venv/.run web ## the product on this machine (ARGS="--web 2 --lan")
	@$(PYTHON) -m rtc_server run $(ARGS)

test: .venv/.dev web browser ## every behaviour at its smallest count
	@$(if $(ARGS),,$(TRY_TORCH))
	@$(WEB) npm test
	@$(PYTHON) -m pytest $(SHARED) $(or $(ARGS),--ignore=$(ENGINES))
	@$(if $(ARGS),,$(BOTH_ENGINES))

soak: .venv/.dev web browser ## the same tests with the counts and lengths that were promised
	@$(if $(ARGS),,$(TRY_TORCH))
	@$(WEB) npm test
	@QC_SOAK=1 $(PYTHON) -m pytest --timeout=7200 $(SHARED) $(or $(ARGS),--ignore=$(ENGINES))
	@$(if $(ARGS),,$(BOTH_ENGINES))

test-openai-whisper: .venv/openai-whisper ## both speech engines on the same speech (installs PyTorch for CPUs)
	@$(BOTH_ENGINES) $(ARGS)

check: .venv/.dev ## style, types, imports, generated files, locks
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports
	@$(WEB) npm run check
	@$(PYTHON) -m rtc_server.protocol_export --check
	@$(PYTHON) -m pytest tests/test_tidy.py

bench: .venv/.dev web browser ## how fast it is, as text and JSON
	@$(PYTHON) -m tests.bench $(ARGS)

protocol: .venv/.dev ## the files that are generated from protocol.py
	@$(PYTHON) -m rtc_server.protocol_export

lock: .venv/tools ## new lock files (ARGS=--upgrade for newer versions)
	@$(COMPILE) $(ARGS) --extra demo -o requirements.lock pyproject.toml
	@$(COMPILE) $(ARGS) --extra demo --extra dev --extra postgres -c requirements.lock -o requirements-dev.lock pyproject.toml

web: .venv/.run
	@$(WEB)

browser:
	@sh tests/install_browser.sh $(PYTHON)

dev: .venv/.dev ## everything the tests and checks need, without running them

clean: ## forget what was installed and built; data/ stays
	rm -rf .venv .make web_client/node_modules web_client/dist rtc_server/web .mypy_cache .ruff_cache \
		.import_linter_cache .pytest_cache .hypothesis test-results

# Candidates are run, not just found: a name may be a shim for a version that is not there.
.venv/bin/python:
	@for candidate in python3.13 python3.12 python3.11 python3 python; do \
		if $$candidate -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
			>/dev/null 2>&1; then \
			echo "Making .venv with $$candidate"; exec $$candidate -m venv .venv; \
		fi; \
	done; \
	echo "Please install Python 3.11, 3.12 or 3.13 with venv (Debian: apt-get install python3 python3-venv)" >&2; exit 1

.venv/tools: | .venv/bin/python
	@awk '/^uv==/,/[^\\]$$/' requirements-dev.lock > .venv/uv.txt
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		--target .venv/tools.new -r .venv/uv.txt
	@mv .venv/tools.new .venv/tools

# Beside .venv, not in it, so that the product's own packages stay as the locks say. Without dependencies: those of a
# torch with CUDA are gigabytes, and nothing here needs them.
.venv/openai-whisper: | .venv/.dev
	@rm -rf $@.new
	@$(PIP_BESIDE) $@.new torch==2.13.0 \
		sympy mpmath networkx jinja2 markupsafe fsspec numba llvmlite tiktoken regex more-itertools
	@$(PIP_BESIDE) $@.new openai-whisper==20250625
	@PYTHONPATH=$@.new $(PYTHON) -c 'import torch, whisper' || { \
		echo "This torch needs CUDA: let pip find a CPU build (PIP_FIND_LINKS, PIP_EXTRA_INDEX_URL)" >&2; exit 1; }
	@mv $@.new $@

.venv/.run: requirements.lock | .venv/tools
	@echo "Installing what the server needs"
	@rm -f .venv/.dev
	@$(SYNC) requirements.lock
	@touch .venv/.run

.venv/.dev: requirements.lock requirements-dev.lock | .venv/tools
	@echo "Installing what the tests need"
	@$(SYNC) requirements.lock requirements-dev.lock
	@touch .venv/.run .venv/.dev
