# One place for every command; CONTRIBUTING.md says when to use which.
# `make run` and `make test` need python3.11 and make, nothing else.

PYTHON ?= python3.11
HOST ?= 127.0.0.1
PORT ?= 8000
MODEL ?= uas-audio-tiny

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test check prove bench quality openapi train-tiny env model format constraints clean

help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 - \2/p' $(MAKEFILE_LIST)

# A pyenv shim may exist without its Python, so the version is asked for, not the name.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || \
		{ echo 'Python 3.11 or 3.12 is needed; say where: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# A stamp is as old as the last installation: nothing is installed again until these files change.
.venv/server.stamp: .venv/bin/python pyproject.toml constraints.txt
	@echo 'Installing into .venv; the first time this takes some minutes.'
	@$(PIP_INSTALL) --editable '.[server]'
	@touch $@

.venv/dev.stamp: .venv/bin/python pyproject.toml constraints.txt
	@echo 'Installing into .venv, with what development needs; the first time this takes some minutes.'
	@$(PIP_INSTALL) --editable '.[dev]'
	@touch $@ .venv/server.stamp

run: .venv/server.stamp ## serve the default model on 127.0.0.1:8000
	@$(BIN)/uas model build $(MODEL) >/dev/null
	@echo 'When the server is ready, try this in another terminal:'
	@echo '  curl -F file=@examples/hello.flac http://$(HOST):$(PORT)/v1/uas'
	@exec $(BIN)/uas serve --model $(MODEL) --host $(HOST) --port $(PORT)

# Corpora of acted emotion (RAVDESS, Emo-DB) cannot be fetched from a registry: say where they are.
# With them the weights may not be used commercially; without them no emotion is learned, and
# LICENCE has to say what the remaining sources allow.
LABELLED_SPEECH ?=
LICENCE ?= CC-BY-NC-SA-4.0
STAGES := training/uas_training/configs/tiny

train-tiny: .venv/dev.stamp ## synthesise the data, train the default model's weights, pack them
	$(BIN)/uas model build uas-audio-tiny-base --into build/base --dtype float32
	$(BIN)/uas pipeline simulate pipeline/uas_pipeline/simulate/configs/uas-audio-tiny.yaml \
		--out build/data $(if $(LABELLED_SPEECH),--labelled-speech '$(LABELLED_SPEECH)')
	$(BIN)/uas train run $(STAGES)/listen.yaml
	$(BIN)/uas train run $(STAGES)/adapt.yaml
	$(BIN)/uas train run $(STAGES)/tune.yaml
	$(BIN)/uas train run $(STAGES)/cool.yaml
	$(BIN)/uas train run $(STAGES)/refine.yaml
	$(BIN)/uas train pack $(STAGES)/refine.yaml models/$(MODEL) \
		--licence $(LICENCE)

env: .venv/dev.stamp ## make the environment for development in .venv

model: .venv/server.stamp
	@$(BIN)/uas model build $(MODEL) >/dev/null

# Without npm the tests of OpenAI's SDK for Node are skipped.
NODE_PACKAGES := tests/node/node_modules/.package-lock.json
$(NODE_PACKAGES): tests/node/package-lock.json
	@! command -v npm >/dev/null || npm ci --silent --prefix tests/node

test: .venv/dev.stamp model $(NODE_PACKAGES) ## run the tests
	$(PYTEST)

check: .venv/dev.stamp ## lint, types, import rules, API description, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@$(BIN)/uas serve --print-openapi | diff -u openapi.yaml - || \
		{ echo 'openapi.yaml differs from the code: make openapi' >&2; exit 1; }
	$(PYTEST) tests/docs -m 'not model'

format: .venv/dev.stamp ## mend layout and imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Where the built model is; asked for only by the recipe that uses it.
CHECKPOINT = $(shell $(BIN)/python -c \
	'from uas_model.registry import built_folder; print(built_folder("$(MODEL)"))')

bench: .venv/dev.stamp model ## time the front end, one step, and a document beside the stock path
	$(BIN)/python benchmarks/front_end.py
	$(BIN)/python benchmarks/step.py '$(CHECKPOINT)'
	$(BIN)/python benchmarks/latency.py '$(CHECKPOINT)' examples/hello.flac

# Takes hours on two cores; a run that was cut goes on. Needs the corpus of `make train-tiny`.
quality: .venv/dev.stamp model ## measure the default model, as its card reports
	$(BIN)/uas eval suite training/uas_training/evaluation/suites/quality.yaml --model '$(CHECKPOINT)' \
		--manifest build/data/dev.jsonl --output build/eval

openapi: .venv/server.stamp ## write openapi.yaml from the code
	$(BIN)/uas serve --print-openapi > openapi.yaml

prove: .venv/dev.stamp model ## run the full counts and write docs/evidence/
	UAS_PROVE=1 $(PYTEST) -m prove

# Fresh, so that nothing which happens to be installed gets in; read the difference before committing.
constraints: ## resolve all versions anew and write constraints.txt
	rm -rf .venv/fresh
	$(PYTHON) -m venv .venv/fresh
	.venv/fresh/bin/python -m pip install --quiet --editable '.[dev]'
	{ sed -n '/^#/p' constraints.txt; \
	  .venv/fresh/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//'; } > .venv/constraints.txt
	mv .venv/constraints.txt constraints.txt

clean: ## remove the environment and caches of tools
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
