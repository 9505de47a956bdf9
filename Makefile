# Common tasks. `make` without a target lists them.
PYTHON := .venv/bin/python
TOOLS = $(dir $(PYTHON))
KIND ?= errors
WORKERS ?= 2
FOR ?= 5m
RUN = $(PYTHON) -m pytest -n $(WORKERS) --dist loadfile --durations 15 --durations-min 10
QUERIES = $(wildcard tests/integration/test_queries_*.py)
ELASTIC = tests/integration/stores $(addprefix tests/integration/test_,\
  explore_faults.py servers.py telemetry_elasticsearch.py demo.py incidents.py)
ALONE = $(PYTHON) -m pytest --durations 15 --durations-min 10

.DEFAULT_GOAL := help
.PHONY: assets grafana rules help setup setup-tests demo demo-stop incident test unit coverage lint lint-python lint-others wheel screenshots bench docs lock

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## install the dependencies of the demo (if missing)
	@bash demo/setup.sh

setup-tests: ## install the dependencies of the tests, too
	@bash demo/setup.sh --tests

demo: setup ## gateway (GATEWAY=litellm: LiteLLM's proxy), load, Prometheus and the dashboards on http://127.0.0.1:8050
	@$(PYTHON) -m demo $(if $(GATEWAY),--gateway $(GATEWAY))

demo-stop: ## stop a demo that is still running
	@$(PYTHON) -m demo stop

incident: ## inject a fault into the demo: KIND=errors (KIND=list shows all) FOR=5m PLACE=… SIZE=… WAIT=1
	@$(PYTHON) -m gateway incident $(KIND) --for $(FOR) \
	  $(if $(PLACE),--place '$(PLACE)') $(if $(SIZE),--size $(SIZE)) $(if $(WAIT),--wait) \
	  --url http://127.0.0.1:$(or $(DEMO_PORT_GATEWAY),8085)

# Unit tests in WORKERS processes. Then three lines side by side, which wait for servers most of the time: browser tests;
# what needs Elasticsearch, so that there are never two clusters at a time, the demo, and then the tests of the query
# layer; and all other integration tests. In continuous integration the unit tests also measure their coverage, which
# makes them twice as slow.
test: setup-tests ## lint, types and all tests, against real servers; PYTEST="tests/unit/app -x" for some of them
	@$(MAKE) --no-print-directory lint
	npm --prefix assets test
	@if [ -n "$(PYTEST)" ]; then set -x; $(PYTHON) -m pytest $(PYTEST); exit; fi; \
	status=0; set -x; $(RUN) tests/unit $${CI:+--cov} || status=1; { set +x; } 2>/dev/null; \
	logs=$$(mktemp -d); trap 'rm -rf "$$logs"' EXIT; \
	trap 'for line in $$browser $$elastic; do kill $$line $$(pgrep -P $$line); done; exit 1' INT TERM; set -x; \
	$(ALONE) tests/browser >"$$logs/browser" 2>&1 & browser=$$!; \
	{ first=0; $(ALONE) $(ELASTIC) || first=1; $(ALONE) $(QUERIES) || first=1; exit $$first; } \
	  >"$$logs/elastic" 2>&1 & elastic=$$!; \
	$(ALONE) tests/integration $(QUERIES:%=--ignore=%) $(ELASTIC:%=--ignore=%) || status=1; { set +x; } 2>/dev/null; \
	for line in $$browser $$elastic; do wait $$line || status=1; done; cat "$$logs"/*; exit $$status

unit: ## the quick unit tests, for while you work
	$(PYTHON) -m pytest -n $(WORKERS) --dist loadfile tests/unit -m "not slow"

coverage: ## unit tests with the coverage of each file, checked against the floor
	$(RUN) tests/unit --cov

lint: ## ruff, mypy, import contracts, spelling, deptry; for scripts and styles biome, tsc, and whether dist/ is up to date
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint-python lint-others

lint-python:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(TOOLS)codespell
	$(TOOLS)validate-pyproject pyproject.toml telemetry/pyproject.toml

lint-others:
	npm --prefix assets run --silent lint
	npm --prefix assets run --silent types
	npm --prefix assets run --silent check
	$(TOOLS)lint-imports --no-cache --no-logo
	$(PYTHON) -m deptry --no-ansi .

# Built from the source distribution, so that files of an earlier build are not included; timestamps from the commit.
wheel: ## build dist/*.whl, and dist/telemetry/*.whl for services: the same bytes for the same commit
	@rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(PYTHON) -m uv build --quiet --offline --no-build-isolation \
	  --python $(PYTHON) --out-dir dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(PYTHON) -m uv build --quiet --offline --no-build-isolation \
	  --python $(PYTHON) --out-dir dist/telemetry telemetry

assets: ## build assets/dist from assets/src and assets/css
	npm --prefix assets run --silent build

screenshots: ## write screenshots of every board to docs/screenshots
	$(PYTHON) -m tests.browser.screenshots

bench: ## run every benchmark in its short version
	@set -e; for file in bench/*.py; do \
	  grep -q '__main__' $$file || continue; \
	  name=$$(basename $$file .py); echo "== $$name"; $(PYTHON) -m bench.$$name --quick; \
	done

docs: ## write the tables of settings, alerts and metrics into the guides
	@$(PYTHON) -m app.cli settings --markdown | sed -i -e '/^<!-- settings/,/^<!-- end/{//!d}' \
	  -e '/^<!-- settings/r /dev/stdin' docs/monitoring-guide.md
	@$(PYTHON) -m app.cli rules --markdown | sed -i -e '/^<!-- alerts/,/^<!-- end/{//!d}' \
	  -e '/^<!-- alerts/r /dev/stdin' docs/alerting.md
	@$(PYTHON) -m app.contract_table | sed -i -e '/^<!-- metrics/,/^<!-- end/{//!d}' \
	  -e '/^<!-- metrics/r /dev/stdin' docs/contract.md

grafana: ## write the boards for Grafana into grafana/, one folder for each profile that is there
	@set -e; for folder in grafana/*/; do \
	  $(PYTHON) -m app.cli export-grafana $$folder --profile $$(basename $$folder); \
	done

rules: ## write the alert rules into alerts/rules/, and those of the demo into alerts/demo/
	$(PYTHON) -m app.cli rules --profile codeagent > alerts/rules/codeagent.yml
	@set -e; for profile in codeagent litellm; do \
	  $(PYTHON) -m app.cli rules --profile $$profile --overrides alerts/demo/overrides.toml > alerts/demo/$$profile.yml; \
	done

# --universal: one lock file for all platforms and Python versions. The second one, without development tools, is for images.
LOCK := $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' pyproject.toml

lock: ## resolve the dependencies again: requirements.lock, deploy/requirements.lock (UPGRADE=--upgrade for newer versions)
	$(LOCK) --extra dev $(UPGRADE) -o requirements.lock
	$(LOCK) --constraint requirements.lock -o deploy/requirements.lock
