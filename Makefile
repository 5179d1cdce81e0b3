# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Every target creates its virtual environment first. To choose another place or interpreter:
#   make test VENV=.venv-3.12 PYTHON=/usr/bin/python3.12
VENV ?= .venv
PYTHON ?=
PYTEST_ARGS ?=

BIN := $(VENV)/bin
# Three processes use two processors best, as tests also wait. End-to-end tests come first, in the order of files:
# pytest-xdist would begin with the files with the most tests, and end with the longest ones.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# Ansible insists on a UTF-8 locale.
export LC_ALL := C.UTF-8
# Let Python save compiled files: without them, each run of ansible-playbook takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
# These targets only use the sandbox, so remove the variables of the user's own AWS account from the environment.
# The exceptions are setup, test-aws and test-aws-clean, if no other target is made in the same command.
ifneq ($(if $(MAKECMDGOALS),$(filter-out setup test-aws test-aws-clean,$(MAKECMDGOALS)),help),)
unexport $(filter AWS_%,$(.VARIABLES))
endif

# Targets share the sandbox and the virtual environment, so two must never run at the same time, even with `make -j`.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-stop test pytest test-slow test-long test-unit test-sandbox test-e2e molecule sanity bench \
	bench-faults bench-slices bench-accounts bench-department pictures docs lint execution-environment test-aws \
	test-aws-clean changelog release-check

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-21s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.setup ## Set up your own IAM user in your own AWS account; asks before it does
	@$(BIN)/python own_account.py

demo: $(VENV)/.demo ## Start an AWS emulator on this machine and set up a participant's IAM user in it
	$(BIN)/ansible-playbook sandbox/start.yml playbooks/setup.yml

demo-stop: $(VENV)/.demo ## Stop the AWS emulator of make demo
	$(BIN)/ansible-playbook sandbox/stop.yml

test: pytest molecule ## Run all tests but the slow and the long ones

pytest: $(VENV)/.dev
	$(PYTEST) tests/e2e tests/sandbox tests/unit

test-slow: $(VENV)/.dev ## Run the end-to-end tests that take long or are about rarer cases, as CI does
	$(PYTEST) --slow -m slow tests/e2e

test-long: $(VENV)/.dev ## Run the long tests, which take hours: every case of every test, and a kill or a fault at every point
	$(PYTEST) --hypothesis-profile=long tests/unit
	$(PYTEST) --long tests/e2e

test-aws: $(VENV)/.dev ## Compare the sandbox with your own account: make test-aws AWS_ACCOUNT=123456789012
	$(BIN)/python -m tests.aws run --account '$(AWS_ACCOUNT)' $(AWS_ARGS)

test-aws-clean: $(VENV)/.dev ## Remove what a killed run of test-aws left in your account
	$(BIN)/python -m tests.aws clean --account '$(AWS_ACCOUNT)'

test-unit: $(VENV)/.dev ## Run only the unit tests
	$(PYTEST) tests/unit

test-sandbox: $(VENV)/.dev ## Run only the tests of the sandbox
	$(PYTEST) tests/sandbox

test-e2e: $(VENV)/.dev ## Run only the end-to-end tests of the playbooks
	$(PYTEST) tests/e2e

molecule: $(VENV)/.dev ## Run only the molecule scenario
	PATH="$(abspath $(BIN)):$$PATH" molecule test

sanity: $(VENV)/.dev ## Run only ansible-test sanity
	$(BIN)/nox --session ansible-test-sanity

bench: $(VENV)/.dev ## Compare the lanes with a plain playbook and a bare boto3 script; shorter with BENCH_ARGS="--sizes 30"
	$(BIN)/python -m tests.bench.bench $(BENCH_ARGS)

bench-faults: $(VENV)/.dev ## Cause the same faults in a plain playbook and in both lanes, and print what each loses
	$(BIN)/python -m tests.bench.faults $(BENCH_ARGS)

bench-slices: $(VENV)/.dev ## Measure a class in one run and in slices, under an account's request limit
	$(BIN)/python -m tests.bench.slices $(BENCH_ARGS)

bench-accounts: $(VENV)/.dev ## Measure a class in one account and in several, each with its own request limit
	$(BIN)/python -m tests.bench.accounts $(BENCH_ARGS)

bench-department: $(VENV)/.dev ## Simulate 100,000 participants in 20 accounts, with the real planner and rate governor
	$(BIN)/python -m tests.bench.department $(BENCH_ARGS)

pictures: $(VENV)/.dev ## Make the pictures in docs/pictures again; needs Chromium
	$(BIN)/python -m tests.e2e.support.pictures

docs: $(VENV)/.docs ## Build the documentation site in site/html, without the Internet
	$(BIN)/python tests/tools/make_docs.py

lint: $(VENV)/.dev ## Check style, types, documentation, licences and the built collection, and run ansible-test sanity
	CI=true $(BIN)/nox

changelog: $(VENV)/.dev ## Turn the fragments into a release with the version in galaxy.yml, and write CHANGELOG.md
	PATH="$(abspath $(BIN)):$$PATH" antsibull-changelog release

release-check: $(VENV)/.dev ## List what is missing before a version is tagged
	@$(BIN)/python -m tests.tools.release_check

execution-environment: $(VENV)/.dev ## Write context/, from which podman or docker builds the image for AWX
	$(BIN)/ansible-galaxy collection build --force
	$(BIN)/ansible-builder create --output-filename Containerfile

$(VENV)/.made: tests/tools/make_venv.sh
	PYTHON='$(PYTHON)' $< $(VENV)
	@touch $@

$(VENV)/.setup: requirements.txt meta/requirements.txt constraints.txt $(VENV)/.made
$(VENV)/.demo: requirements-sandbox.txt requirements.txt meta/requirements.txt constraints.txt $(VENV)/.made
$(VENV)/.docs: requirements-docs.txt requirements.txt meta/requirements.txt constraints.txt $(VENV)/.made
$(VENV)/.dev: requirements-dev.txt requirements-docs.txt $(VENV)/.demo $(VENV)/.awx

# --no-compile: compiling all 16,000 files of ansible would take most of a minute. Python compiles what it uses.
$(VENV)/.setup $(VENV)/.demo $(VENV)/.docs $(VENV)/.dev:
	if uv --version >/dev/null 2>&1; then uv pip install --quiet --python $(BIN)/python -r $<; \
	else $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile -r $<; fi
	@touch $@

$(VENV)/.awx: tests/tools/get_awx.sh $(VENV)/.demo
	$< $(VENV)
	@touch $@
