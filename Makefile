# Start here. Each target installs what it needs into .venv first; that takes no time when nothing has changed.

PYTHON ?= python3
VENV := .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
EXAMPLE := examples/transactions
PARALLEL := --numprocesses auto --dist worksteal --fold-cases
LAYER := src/hookline/infra/packaging/layer
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header

NODE_CONSUMER := examples/consumers/sqs-consumer

# Let Python keep its bytecode even if the shell says otherwise: without it, each process that a test starts compiles hookline again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo run consumer test cover test-slow test-all test-lowest lint bench bench-aws bench-queues bench-pages bench-recovery format bench-schemes catalogue metrics readme homes terraform-schema screenshots requirements release-check docs sentences clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# $(1): a name in requirements/*.txt; each list contains the one before it
define install
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing requirements/$(1).txt into $(VENV)"
	@$(PIP) install --no-deps --require-hashes --requirement requirements/$(1).txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
endef

.venv/.server: requirements/server.txt pyproject.toml
	$(call install,server)
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml
	$(call install,dev)
	@touch .venv/.server $@

.venv/.bench: requirements/bench.txt pyproject.toml
	$(call install,bench)
	@touch .venv/.server .venv/.dev $@

# First dev.txt for the tests' tools, then the lowest versions of hookline's dependencies.
.venv-lowest/.ready: VENV := .venv-lowest
.venv-lowest/.ready: requirements/dev.txt requirements/lowest.txt pyproject.toml
	$(call install,dev)
	$(call install,lowest)
	@touch $@

# checkov needs other versions of packages that hookline uses too.
.venv-judges/.ready: requirements/judges.txt
	@test -x .venv-judges/bin/python || $(PYTHON) -m venv .venv-judges
	@echo "installing requirements/judges.txt into .venv-judges"
	@.venv-judges/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --requirement requirements/judges.txt
	@touch $@

# A separate environment, because these tools need other versions of packages that hookline uses.
.venv-release/.ready: requirements/release.txt
	@test -x .venv-release/bin/python || $(PYTHON) -m venv .venv-release
	@echo "installing requirements/release.txt into .venv-release"
	@.venv-release/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --requirement requirements/release.txt
	@touch $@

# A separate environment, because the generator of the documentation site shares no package with hookline.
.venv-docs/.ready: requirements/docs.txt
	@test -x .venv-docs/bin/python || $(PYTHON) -m venv .venv-docs
	@echo "installing requirements/docs.txt into .venv-docs"
	@.venv-docs/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --requirement requirements/docs.txt
	@touch $@

# The lock has no addresses, so that npm asks its own registry. Without npm the tests of its clients are skipped.
$(NODE_CONSUMER)/node_modules/.ready: $(NODE_CONSUMER)/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "installing $< into $(@D)" && \
		npm ci --prefix $(NODE_CONSUMER) --no-audit --no-fund --ignore-scripts --loglevel error && touch $@; \
	else \
		echo "npm is not on this machine: tests with Node are skipped"; \
	fi

setup: .venv/.dev $(NODE_CONSUMER)/node_modules/.ready ## Install everything for development

demo: .venv/.server ## Send 2,000 signed transactions through a fresh hookline and count them on their queues; KEEP=1 leaves the server running
	@$(BIN)/hookline demo $(if $(KEEP),--keep)

run: .venv/.server ## Serve the example project on port 8080; EXAMPLE=examples/senders serves one with every sender
	@test -f $(EXAMPLE)/.env || $(BIN)/hookline secrets fresh --config $(EXAMPLE)/hookline.toml
	@$(BIN)/hookline serve --config $(EXAMPLE)/hookline.toml --data-dir data

CONSUMER ?= boto3
SETTINGS ?= local.env
START_boto3 := python consumer.py
START_powertools := python poller.py
START_celery := python run.py
START_sqs-consumer := node consumer.mjs

consumer: .venv/.dev $(if $(filter sqs-consumer,$(CONSUMER)),$(NODE_CONSUMER)/node_modules/.ready) ## Run a consumer against `make run`; CONSUMER=boto3, powertools, celery or sqs-consumer
	@test -n "$(START_$(CONSUMER))" || { echo "CONSUMER is boto3, powertools, celery or sqs-consumer" >&2; exit 2; }
	@settings=$$(cd examples/consumers && realpath "$(SETTINGS)") && cd examples/consumers/$(CONSUMER) && \
		set -a && . "$$settings" && PATH="$(abspath $(BIN)):$$PATH" && exec $(START_$(CONSUMER))

test: .venv/.dev $(NODE_CONSUMER)/node_modules/.ready ## Run the quick tests, which guard every promise; ARGS=... goes to pytest
	@$(BIN)/python -m pytest $(PARALLEL) -m "not slow" $(ARGS)

cover: .venv/.dev $(NODE_CONSUMER)/node_modules/.ready ## Run the same tests, and list the lines that no test ran
	@rm -rf .coverage .coverage.* .pytest_cache/hookline
	@$(BIN)/coverage run -m pytest $(PARALLEL) -m "not slow" $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

test-slow: export HYPOTHESIS_PROFILE ?= thorough
test-slow: .venv/.dev $(NODE_CONSUMER)/node_modules/.ready ## Run the slow tests: deployments, power cuts, many kills, every browser page
	@$(BIN)/python -m pytest $(PARALLEL) -m slow $(ARGS)

test-all: test test-slow ## Run every test

test-lowest: VENV := .venv-lowest
test-lowest: .venv-lowest/.ready $(NODE_CONSUMER)/node_modules/.ready ## Run every test with the lowest versions of its dependencies that pyproject.toml allows
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

lint: .venv/.bench .venv-judges/.ready ## Check style, types and imports, and the AWS stack with public tools
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@PYTHONPATH=tests $(BIN)/python -m public_judges

format: .venv/.dev ## Format the code
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

release-check: .venv/.dev .venv-release/.ready ## Check version, tag and changelog, build dist/ and run its tests against the wheel
	@PYTHONPATH=tests $(BIN)/python -m release_check $(ARGS)

docs: .venv-docs/.ready ## Build the documentation site into .build/site; it refuses dead links, and pages that are in no list
	@PYTHONPATH=tests .venv-docs/bin/python -m docs_site .venv-docs/bin/zensical

sentences: .venv/.dev ## Print twenty sentences at random, to be read without their context
	@PYTHONPATH=tests $(BIN)/python tests/sentences.py $(ARGS)

bench: .venv/.bench ## Measure speed and memory against the baselines, and write bench/results
	@$(BIN)/python -m bench $(ARGS)

bench-aws: .venv/.dev ## Measure the AWS functions without AWS, and write bench/results/aws.*
	@$(BIN)/python -m bench.aws $(ARGS)

bench-queues: .venv/.bench ## Compare queues with moto's server and MiniStack, and write bench/results/queues.*
	@$(BIN)/python -m bench.queues $(ARGS)

bench-pages: .venv/.bench ## Measure the pages of the control room with a million events
	@$(BIN)/python -m bench.pages $(ARGS)

bench-recovery: .venv/.bench ## Measure backups of a million events, their restore, and the lag of Litestream
	@$(BIN)/python -m bench.recovery $(ARGS)

catalogue: .venv/.dev ## Write docs/reference/providers.md, the tables of transactions.md, and the numbers in README.md
	@PYTHONPATH=tests $(BIN)/python -m vectors.catalogue_page
	@PYTHONPATH=tests $(BIN)/python -m transactions_page
	@PYTHONPATH=tests $(BIN)/python -m readme_page --numbers

metrics: .venv/.dev ## Write the table of docs/reference/metrics.md from the code
	@PYTHONPATH=tests $(BIN)/python -m metrics_page

readme: .venv/.dev ## Run `make demo` and `make test`, and write their output and the measured numbers into README.md
	@PYTHONPATH=tests $(BIN)/python -m readme_page

terraform-schema: .venv/.dev ## Write tests/terraform/schema.json from Terraform's AWS provider on this machine
	@PYTHONPATH=tests $(BIN)/python -m terraform.record

homes: .venv/.dev ## Write the tables of docs/reference/homes.md from the code
	@PYTHONPATH=tests $(BIN)/python -m homes_page

screenshots: .venv/.bench ## Take the pictures of the control room in docs/images
	@PYTHONPATH=tests $(BIN)/python -m browser.screenshots

bench-schemes: .venv/.dev ## Measure verification for every sender, and write bench/results/schemes.*
	@$(BIN)/python -m bench.schemes $(ARGS)

requirements: ## Pin requirements/*.txt from pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install uv
	@$(COMPILE) --extra server --extra asymmetric --extra traces --extra aws --extra deploy --extra dev --output-file requirements/dev.txt pyproject.toml requirements/build.in
	@for set in "server --extra server --extra asymmetric" \
		"bench --extra server --extra asymmetric --extra traces --extra aws --extra deploy --extra dev --extra bench"; do \
		name=$${set%% *}; \
		$(COMPILE) $${set#* } --constraint requirements/dev.txt --output-file requirements/$$name.txt pyproject.toml requirements/build.in; \
	done
	@for consumer in boto3 powertools celery; do \
		$(COMPILE) --constraint requirements/dev.txt --output-file examples/consumers/$$consumer/requirements.txt examples/consumers/$$consumer/requirements.in; \
	done
	@$(COMPILE) --resolution lowest-direct --extra server --extra asymmetric --extra traces --extra aws --extra deploy \
		--output-file requirements/lowest.txt pyproject.toml requirements/lowest.in
	@$(COMPILE) --output-file requirements/judges.txt requirements/judges.in
	@$(COMPILE) --constraint requirements/dev.txt --output-file requirements/release.txt requirements/release.in requirements/build.in
	@$(COMPILE) --output-file requirements/docs.txt requirements/docs.in
	@$(COMPILE) --extra aws --constraint requirements/dev.txt --output-file $(LAYER).txt pyproject.toml
	@$(COMPILE) --extra aws --extra asymmetric --constraint requirements/dev.txt --output-file $(LAYER)-asymmetric.txt pyproject.toml

clean: ## Remove the files that the other targets made
	rm -rf .venv .venv-lowest .venv-judges .venv-release .venv-docs .build $(NODE_CONSUMER)/node_modules data dist build .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis
