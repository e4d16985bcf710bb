# Needs make and Python 3.11 or newer; everything else is installed into .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test test-servers test-browser test-long check bench lock clean install install-dev

PORT ?= 8000
SANDBOX_PORT ?= 8100
DATA ?= var
BIN := .venv/bin

# The first Python that is new enough and can make a virtual environment; PYTHON=… decides instead.
FIND_PYTHON = for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	  python=; \
	done; \
	[ "$$python" ] || { echo '需要 Python 3.11 或更新（带 venv），可以用 PYTHON=… 指定' >&2; exit 1; }

# A stamp per kind of installation, named after what it was made from: the second time costs nothing.
STAMP := $(shell cat pyproject.toml requirements.lock requirements-dev.lock 2>/dev/null | cksum | cut -d ' ' -f 1)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

help:
	@echo 'make run [FRESH=1] [PORT=8000] [SANDBOX_PORT=8100] | test | test-servers | test-browser |'
	@echo '     (ALL=1 with test-servers: the dialogues too) test-long | check | bench [QUICK=1] | lock | clean'

run: install
	@exec $(BIN)/qianxing run --port $(PORT) --sandbox-port $(SANDBOX_PORT) --data $(DATA) $(if $(FRESH),--fresh)

test: install-dev
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m 'not servers and not browser and not long'

STORED = tests/commerce tests/bot/test_dispatch.py $(if $(ALL),tests/handlers tests/laws)
ON = $(BIN)/python -m pytest -n 3 --dist worksteal -m 'not servers and not browser and not long' --database

test-servers: install-dev
	@$(ON) postgres $(STORED) tests/laws
	@$(ON) mariadb $(STORED)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m 'servers and not long'

test-browser: install-dev
	@$(BIN)/python -m pytest -m browser

test-long: install-dev
	@$(BIN)/python -m pytest -m long

check: install-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: install-dev
	@$(BIN)/python -m bench $(if $(QUICK),--quick)

install: .venv/installed-$(STAMP)

install-dev: .venv/developed-$(STAMP)

.venv/installed-$(STAMP): | .venv/bin/python
	@echo '正在安装到 .venv …' >&2
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@rm -f .venv/installed-* && touch $@

.venv/developed-$(STAMP): .venv/installed-$(STAMP)
	@echo '正在安装测试要用的包 …' >&2
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@rm -f .venv/developed-* && touch $@

.venv/bin/python:
	@$(FIND_PYTHON); "$$python" -m venv .venv

# The versions of pyproject.toml and of all they need, with hashes, for every platform. Needs uv.
LOCK = sed -n 's/^requires = \["\(.*\)"\]/\1/p' pyproject.toml | uv pip compile --quiet pyproject.toml - \
	--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

lock:
	@$(LOCK) -o requirements.lock >/dev/null
	@$(LOCK) --all-extras -c requirements.lock -o requirements-dev.lock >/dev/null

clean:
	@rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
