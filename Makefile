# Two commands to see it on a fresh machine: `make brief` and `make up`; one to test it: `make test`. Everything is made under .venv, var and out.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
# One more than there are cores, because some tests wait.
WORKERS := $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')

# Compiled bytecode is what makes the second start quick.
unexport PYTHONDONTWRITEBYTECODE
export GX_ANALYTICS_ENABLED := false
export AIRFLOW_HOME ?= $(CURDIR)/var/airflow

.DEFAULT_GOAL := help
.PHONY: help brief up dev scale test coverage test-servers test-all check check-security fuzz who-sees-what drill drill-reasons drill-chat bench bench-scale wheel sbom docs \
	pictures pictures-desk lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

brief: $(READY)  ## two days of sample deliveries through the real DAGs; the briefing on screen and in out/
	@$(BIN)/python demo/brief.py

up: $(READY)  ## Airflow with the Tasking desk on localhost, two accounts, a sample fortnight; Ctrl-C ends it
	@$(BIN)/python demo/up.py

dev: $(READY)  ## the desk's pages without Airflow on localhost:8090, a sample fortnight, any role; reloads on every edit
	@$(BIN)/python demo/dev.py

scale: $(READY)  ## a night for three districts on PostgreSQL, Redis and two Celery workers, one of them killed
	@$(BIN)/python demo/scale.py

test: $(READY_DEV)  ## the whole test suite that needs no server
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not server" -rs tests
	@echo "Left out here: tests marked 'server' (PostgreSQL, sshd, dovecot, S3, a scheduler, a browser, Slack's stand-in): make test-all"

coverage: $(READY_DEV)  ## the same under branch coverage; the ten files that the tests reach least
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not server" --cov --cov-report= tests
	$(BIN)/python checks/least_covered.py

test-servers: $(READY_DEV) var/moto/.ready var/drill/.ready  ## the tests that need servers or a browser; fails where one is missing
	$(BIN)/python -m pytest -n 2 --dist loadfile -m server -rs tests

test-all: check test test-servers  ## the checks, and every test; installs or starts what it can, fails where a server is missing

check: $(READY_DEV) check-security docs  ## lint, types, import contracts, SQL, YAML, declarations, security, documentation
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python checks/as_of.py
	$(BIN)/sqlfluff lint --dialect sqlite include/sql
	$(BIN)/sqlfluff lint --dialect postgres include/sql
	$(BIN)/yamllint -s include
	$(BIN)/tasking config check

check-security: $(READY_DEV) var/semgrep/.ready  ## bandit, semgrep with our own rules, detect-secrets, hadolint
	$(BIN)/bandit -q -ll -r src dags plugins docker -x src/tasking/warehouse/migrations/full_text.py  # statements of our own names
	var/semgrep/bin/semgrep scan --metrics off --disable-version-check --quiet --error --config checks/semgrep.yml src dags plugins
	$(BIN)/python checks/secrets.py
	$(BIN)/hadolint docker/Dockerfile

docs: $(READY_DEV)  ## the documentation as pages in out/docs; fails for a link, an anchor or a page that leads nowhere
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "Written: out/docs/index.html; with search: $(BIN)/python -m http.server -d out/docs"

wheel: $(READY)  ## the package as a wheel in out/dist; `pip install` it, then `tasking init DIR` makes a deployment
	@$(BIN)/uv build --quiet --wheel --out-dir out/dist
	@ls out/dist/*.whl

sbom: $(READY_DEV) var/sbom/.ready  ## what the product is made of, out/sbom.json (CycloneDX), and under which licences, out/licences.csv
	@mkdir -p out
	var/sbom/bin/cyclonedx-py requirements requirements.txt --output-format JSON --output-file out/sbom.json
	$(BIN)/pip-licenses --from=mixed --format=csv --with-urls --output-file=out/licences.csv \
	  --packages $$(sed -nE 's/^([A-Za-z0-9._-]+)(\[.*\])?==.*/\1/p' requirements.txt)

fuzz: $(READY_DEV)  ## random damaged inputs for MINUTES (5): no unexpected exception, no row lost; prints what was tried as a table
	$(BIN)/python tests/fuzz/run.py --minutes $(or $(MINUTES),5)

who-sees-what: $(READY_DEV)  ## what each role learns about 50 restricted reports, as a table into docs/desk.md (5 minutes)
	$(BIN)/python tests/pages/print_who_sees_what.py

drill: $(READY_DEV)  ## nights in which everything breaks, on both topologies (an hour); writes docs/reliability.md
	$(BIN)/python tests/drills/nights/run.py

drill-reasons: $(READY_DEV)  ## a night with many faults, each blamed correctly, minute by minute (25 minutes)
	$(BIN)/python tests/drills/true_reasons.py

drill-chat: $(READY_DEV) var/drill/.ready  ## posting through every fault, against a stand-in for Slack behind a proxy that makes them
	$(BIN)/python -m pytest -q -s tests/drills/test_chat.py

bench: $(READY) var/peers/.ready  ## speed, quality and the cost of waiting: README's figures
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/linkage.py
	$(BIN)/python benchmarks/rules.py
	$(BIN)/python benchmarks/desk.py
	$(BIN)/python benchmarks/search.py
	$(BIN)/python benchmarks/waiting.py

bench-scale: $(READY)  ## 10, 100 and 300 districts on the scale topology (half an hour); writes docs/scaling.md
	$(BIN)/python benchmarks/scale.py

pictures: $(READY) var/pictures/node/.ready  ## draw docs/pictures: messages as people see them (needs npm and Debian's chromium)
	@$(BIN)/python demo/pictures/draw.py

pictures-desk: $(READY_DEV)  ## draw docs/pictures/desk-*.png: the desk in a browser (needs Debian's chromium)
	@$(BIN)/python demo/pictures/desk.py

lock: $(READY)  ## compile requirements*.in into the locks
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links requirements-dev.in -o requirements-dev.txt
	echo 'splink==5.0.0' | $(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links - -o benchmarks/requirements-peers.txt
	echo 'moto[server,s3]' | $(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links - -o tests/transports/requirements-moto.txt
	echo 'semgrep' | $(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links - -o checks/requirements-semgrep.txt
	echo 'cyclonedx-bom' | $(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links - -o checks/requirements-sbom.txt
	echo 'mitmproxy' | $(BIN)/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links - -o tests/drills/requirements-mitmproxy.txt

clean:  ## remove what the commands above made
	rm -rf $(VENV) var out

$(READY): requirements.txt pyproject.toml
	@echo "Making the environment from the lock (once; a few minutes without a package cache)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv
	@$(BIN)/uv pip install -q --python $(BIN)/python -r requirements.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

var/peers/.ready: benchmarks/requirements-peers.txt $(READY)
	@$(PYTHON) -m venv var/peers
	@$(BIN)/uv pip install -q --python var/peers/bin/python -r benchmarks/requirements-peers.txt
	@touch $@

var/pictures/node/.ready: demo/pictures/package.json demo/pictures/slack.mjs demo/pictures/teams.mjs
	@mkdir -p var/pictures/node && cp $^ var/pictures/node/
	@cd var/pictures/node && npm install --silent --no-audit --no-fund --no-package-lock
	@touch $@

var/drill/.ready: tests/drills/package.json tests/drills/requirements-mitmproxy.txt $(READY)
	@command -v npm >/dev/null || { echo "npm is needed for Slack's stand-in: apt-get install nodejs npm"; exit 1; }
	@mkdir -p var/drill/node && cp tests/drills/package.json var/drill/node/
	@cd var/drill/node && npm install --silent --no-audit --no-fund --no-package-lock
	@$(PYTHON) -m venv var/drill/mitm
	@$(BIN)/uv pip install -q --python var/drill/mitm/bin/python -r tests/drills/requirements-mitmproxy.txt
	@touch $@

var/semgrep/.ready: checks/requirements-semgrep.txt $(READY)
	@$(PYTHON) -m venv var/semgrep
	@$(BIN)/uv pip install -q --python var/semgrep/bin/python -r checks/requirements-semgrep.txt
	@touch $@

var/moto/.ready: tests/transports/requirements-moto.txt $(READY)
	@$(PYTHON) -m venv var/moto
	@$(BIN)/uv pip install -q --python var/moto/bin/python -r tests/transports/requirements-moto.txt
	@touch $@

var/sbom/.ready: checks/requirements-sbom.txt $(READY)
	@$(PYTHON) -m venv var/sbom
	@$(BIN)/uv pip install -q --python var/sbom/bin/python -r checks/requirements-sbom.txt
	@touch $@

$(READY_DEV): requirements-dev.txt $(READY)
	@$(BIN)/uv pip install -q --python $(BIN)/python -r requirements.txt -r requirements-dev.txt
	@touch $@
