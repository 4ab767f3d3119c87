# `make` alone lists the targets. Everything runs in .venv, which `make setup` builds from the
# system's python3 (3.11 or newer) and nothing else; CONTRIBUTING.md tells the rest.

PYTHON ?= python3
BIN := .venv/bin
UV := .tools/bin/uv
UV_VERSION := 0.13.9
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
# Nothing outside of this folder is written or needed.
export UV_CACHE_DIR ?= $(CURDIR)/.tools/cache
# Where the system keeps certificates they are asked, as they know a company's own authority too.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS ?= 1
endif
# Without compiled modules on the disk each start of a process takes two seconds longer.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup web run test test-long check web-check fix bench bench-moderation docs proto snapshot clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

setup: $(BIN)/.synced ## make .venv from the lock file

run: $(BIN)/.synced ## build the page, start the server on 127.0.0.1:8080, database included
	@$(MAKE) --no-print-directory web || echo "The web page was not built; the server runs without it."
	@$(BIN)/causerie serve

# Node and npm of the package index; npm's packages are those of web/package-lock.json.
WEB_PATH := PATH="$(CURDIR)/$(BIN):$$PATH" npm_config_cache="$(CURDIR)/.tools/npm" \
	npm_config_update_notifier=false NODE_USE_SYSTEM_CA=1
WEB_SOURCES := $(shell find web/src web/public -type f) \
	$(addprefix web/,index.html vite.config.ts package-lock.json)

web: src/causerie/site/index.html ## build the web page

src/causerie/site/index.html: $(WEB_SOURCES) | web/node_modules/.synced
	cd web && $(WEB_PATH) npm run --silent build
	@touch $@

web/node_modules/.synced: web/package.json web/package-lock.json | $(BIN)/.synced
	cd web && $(WEB_PATH) npm ci --silent --no-audit --no-fund
	@touch $@

web-check: web/node_modules/.synced ## types, lint and unit tests of the page
	cd web && $(WEB_PATH) npm run --silent check
	cd web && $(WEB_PATH) npm run --silent test

# A file's tests stay together, as they share a server. More at a time than there are cores, as many
# of them wait; and in the order of tests/conftest.py, not by the number of tests in a file.
PYTEST := $(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder
# Collecting all files takes each process ten seconds: only those that hold a long test are.
LONG_FILES = $(shell grep -rl --include='test_*.py' 'pytest\.mark\.long' tests)

test: $(BIN)/.synced ## run the tests that are quick, before each commit
	@$(MAKE) --no-print-directory web || echo "The web page was not built; its tests are skipped."
	$(PYTEST) -m "not long"

test-long: $(BIN)/.synced ## run all others: long drives, many nodes, browsers, what takes minutes
	@$(MAKE) --no-print-directory web || echo "The web page was not built; its tests are skipped."
	$(PYTEST) -m long $(LONG_FILES)

check: $(BIN)/.synced ## format, lint, types, import contracts, dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry src
	@$(MAKE) --no-print-directory web-check

fix: $(BIN)/.synced ## format, and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BIN)/.synced-bench ## measure, beside other servers on the same machine
	$(BIN)/python -m bench

DATA ?= ../shared/data
bench-moderation: $(BIN)/.synced ## measure how well the content filter judges; DATA=folder
	$(BIN)/python -m bench.moderation $(DATA)

docs: $(BIN)/.synced ## write the documents that are made from the code
	$(BIN)/python -m causerie.assembly.documents

# Messages, stubs and their types; the plugins are found by their names.
PROTO_OUT ?= src
proto: $(BIN)/.synced ## write the code of proto/ anew
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m grpc_tools.protoc -I proto \
		--python_out=$(PROTO_OUT) --grpc_python_out=$(PROTO_OUT) \
		--mypy_out=quiet:$(PROTO_OUT) --mypy_grpc_out=quiet:$(PROTO_OUT) proto/causerie/v1/*.proto

snapshot: $(BIN)/.synced ## write down the schema that the migrations make, for review
	$(BIN)/python -m tests.integration.postgres.refresh_snapshot

clean: ## remove what setup and the tools made; the data folder stays
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
		web/node_modules src/causerie/site

$(UV): Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Causerie needs Python 3.11 or newer; name it with: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
		{ echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

# Inexact: what another target added (the bench group) stays.
$(BIN)/.synced: $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --inexact --compile-bytecode --python $(PYTHON)
	@touch $@

$(BIN)/.synced-bench: $(BIN)/.synced
	$(UV) sync --frozen --inexact --compile-bytecode --group bench --python $(PYTHON)
	@touch $@
