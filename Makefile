# Région Lab. `make` alone explains itself.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
MEMBERS := socle embedded demo services/mobilite services/gateway services/pilotes services/esante services/portail regionlab
PYTEST := $(BIN)/python -m pytest
# The size of the demo's simulated population: 1 is 200 patients.
POPULATION ?= 0.2
# Parallel workers, a file on one of them: many tests wait for programs they started.
WORKERS ?= 4
# The share of their full size at which `make test-deep` runs campaigns.
SHARE ?= 1
# Which of `make test` and `make test-deep` runs the campaigns on a demo that both start (`demo_campaign`).
DEMO_CAMPAIGNS ?= test-deep
# Which campaigns marked `deep` `make test` runs: all at their `usual` size, or `none` beside a `make test-deep`.
CAMPAIGNS ?= usual
# `make test S=mobilite` takes one service or folder.
S ?=
TESTED = $(if $(S),$(or $(wildcard services/$(S)/tests $(S)),$(error Aucun service, aucun dossier « $(S) »)))
# Files with a campaign, and with a test on the real Kafka: a worker takes 12 s of processor to import every file.
# socle's conftest.py marks the tests of its bus.
CAMPAIGN_FILES = $$(grep -rlE --include='test_*.py' 'mark\.(deep|demo_campaign)|every_viewport' $(MEMBERS) tests | sort)
KAFKA_FILES = socle $$(grep -rl --include='test_*.py' 'mark\.kafka' $(MEMBERS) tests | sort)
# Tests that calculate and start no program.
FAST := services/*/tests/domain services/*/tests/*/domain services/pilotes/tests/statistics services/pilotes/tests/disclosure

# uv does not read pip's configuration: hand it the index and the certificates pip uses here.
PIP_INDEX = $$($(BIN)/pip config get global.index-url 2>/dev/null || true)
PIP_CERT_FILE = $$($(BIN)/pip config get global.cert 2>/dev/null || true)
UV = index="$(PIP_INDEX)"; cert="$(PIP_CERT_FILE)"; \
	$${index:+env UV_DEFAULT_INDEX=$$index} $${cert:+env SSL_CERT_FILE=$$cert} $(BIN)/uv

# Arguments of the two locks of the peers.
PEER_LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

# Tests start hundreds of programs: let Python cache compiled modules.
unexport PYTHONDONTWRITEBYTECODE

# Trust the machine's certificates, if any: a mirror can have its own authority.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/*.crt /etc/ssl/cert.pem),true,false)

.PHONY: help setup demo screenshots test test-fast test-deep test-kafka test-keycloak agreement attack peers check format bench pictures lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: .venv/.ready ## make .venv from the hash-pinned requirements

.venv/.ready: requirements/uv.txt requirements/all.txt $(addsuffix /pyproject.toml,$(MEMBERS))
	@echo "Préparation de l'environnement (.venv)…"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(UV) pip install --quiet --require-hashes -r requirements/all.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation $(addprefix -e ./,$(MEMBERS))
	@touch $@

.venv-peers/.ready: requirements/peers-build.txt requirements/peers.txt | .venv/.ready
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "« make peers » demande Python 3.11 (PYTHON=)."; exit 1; }
	@echo "Préparation de l'environnement des comparaisons (.venv-peers)…"
	@$(PYTHON) -m venv .venv-peers
	@$(UV) pip install --quiet --python .venv-peers --require-hashes -r requirements/peers-build.txt
	@export PATH="$$PWD/.venv-peers/bin:$$PATH" BOOST_ROOT="$$(echo "$$PWD"/.venv-peers/lib/python3.*/site-packages/boost_headers)"; \
	  $(UV) pip install --quiet --python .venv-peers --require-hashes --no-build-isolation -r requirements/peers.txt
	@touch $@

demo: setup ## start the complete platform on this machine and print its address (Ctrl-C stops it)
	@exec $(BIN)/python -m regionlab demo --population $(POPULATION) $(ARGS)

test: setup ## every test, on the embedded database and broker; S=mobilite: one service's
	$(PYTEST) -n $(WORKERS) -m "not kafka and not keycloak and not deep_only$(if $(filter none,$(CAMPAIGNS)), and not deep)$(if $(filter test,$(DEMO_CAMPAIGNS)),, and not demo_campaign)" $(ARGS) $(TESTED)

test-fast: setup ## only the domain's tests: no server, no browser
	$(PYTEST) -q -n 2 -m "not deep_only" $(ARGS) $(FAST)

test-deep: setup ## the campaigns at their full size, or SHARE=0.5 of it: thousands of cities, queries
	REGIONLAB_TEST_DEEP=$(SHARE) $(PYTEST) -n $(WORKERS) -m "(deep or deep_only$(if $(filter test,$(DEMO_CAMPAIGNS)),, or demo_campaign)) and not kafka and not keycloak" $(ARGS) $(or $(TESTED),$(CAMPAIGN_FILES))

test-kafka: setup ## the bus and end-to-end suites on a real Apache Kafka 4 (needs Java 17 and Maven)
	$(PYTEST) -m kafka $(ARGS) $(or $(TESTED),$(KAFKA_FILES))

test-keycloak: setup ## the logins on a real Keycloak 26 (needs Java 17 and Maven)
	$(PYTEST) -m keycloak services/gateway $(ARGS)

agreement: setup ## every board of a day of the demo region, minute by minute, against the rules
	$(BIN)/python -m tests.agreement $(ARGS)

attack: setup ## what callers learn of closed records on a running demo, by every way they try
	$(BIN)/python -m tests.attack $(ARGS)

peers: setup .venv-peers/.ready ## the statistics of pilotes against confseq, gbstats and lifelines; ARGS=--write
	PYTHONPATH=services/pilotes/tests/support .venv-peers/bin/python -m peer_statistics $(ARGS)
	$(PYTEST) -q services/pilotes/tests/statistics/test_against_peers.py

screenshots: setup ## every page of the site as pictures, in screenshots/ (needs Chromium)
	$(BIN)/python -m tests.screenshots $(ARGS)

check: setup ## format, lint, types, import rules, contracts, budgets, compose file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(PYTEST) -q tests/architecture tests/contracts

format: setup ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## benchmarks, compared with peers; tables here, figures in bench/results/
	$(BIN)/python -m bench $(ARGS)

pictures: setup ## README's picture of a board, from the demo in Chromium
	$(BIN)/python tests/e2e/pictures.py

lock: setup ## resolve the requirements again (no address is written)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --group dev --no-emit-package socle --no-emit-package embedded --no-emit-package demo \
	  --no-emit-package mobilite --no-emit-package gateway --no-emit-package pilotes --no-emit-package esante --no-emit-package portail --no-emit-package regionlab \
	  pyproject.toml -o requirements/all.txt
	$(UV) pip compile $(PEER_LOCK) requirements/peers-build.in -o requirements/peers-build.txt
	$(UV) pip compile $(PEER_LOCK) requirements/peers.in -o requirements/peers.txt

clean: ## remove the environment, the caches and the demo's data
	rm -rf .venv .venv-peers .regionlab .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
