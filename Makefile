# Copyright (c) 2026 Serverless Invoices Scanner workshop
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 Serverless Invoices Scanner workshop

# Every target makes its own virtual environment first. To choose another place or interpreter:
#   make test VENV=.venv-3.12 PYTHON=/usr/bin/python3.12
VENV ?= .venv
PYTHON ?=
PYTEST_ARGS ?=

BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

# Ansible insists on a UTF-8 locale.
export LC_ALL := C.UTF-8
# Python keeps what it has compiled: a run of ansible-playbook takes twice as long where each has to compile everything.
unexport PYTHONDONTWRITEBYTECODE
# The sandbox is the only AWS that these targets know: nothing of the user's own account reaches it, or is reached.
# The exceptions are asked for by their names, and by no other in the same breath.
ifneq ($(if $(MAKECMDGOALS),$(filter-out setup test-aws test-aws-clean,$(MAKECMDGOALS)),help),)
unexport $(filter AWS_%,$(.VARIABLES))
endif

# They share the sandbox and pip's environment, so that two at a time would disturb each other, even under `make -j`.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-stop test pytest test-long test-unit test-sandbox test-e2e molecule sanity bench \
	bench-faults bench-slices bench-accounts bench-department pictures docs lint execution-environment test-aws \
	test-aws-clean changelog release-check

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-21s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.setup ## Set up your own IAM user in your own AWS account, after a yes
	@$(BIN)/python own_account.py

demo: $(VENV)/.demo ## Start an AWS of this machine's own and set up a participant's IAM user in it
	$(BIN)/ansible-playbook sandbox/start.yml playbooks/setup.yml

demo-stop: $(VENV)/.demo ## Stop that AWS
	$(BIN)/ansible-playbook sandbox/stop.yml

test: pytest molecule sanity ## Run all tests

pytest: $(VENV)/.dev
	$(PYTEST) tests/unit tests/sandbox tests/e2e

test-long: $(VENV)/.dev ## Break everything everywhere, which takes hours: every kill point in both lanes
	$(PYTEST) --hypothesis-profile=long tests/unit
	$(PYTEST) --long tests/e2e/test_crashes_class.py tests/e2e/test_faults_class.py tests/e2e/test_faults_person.py \
		tests/e2e/test_busy_account.py tests/e2e/test_rotate.py tests/e2e/test_revoke_engine.py \
		tests/e2e/test_teardown_engine.py tests/e2e/test_hours.py \
		tests/e2e/test_revoked.py tests/e2e/test_operator_policy.py

test-aws: $(VENV)/.dev ## Hold all of it against your own account: make test-aws AWS_ACCOUNT=123456789012
	$(BIN)/python -m tests.aws run --account '$(AWS_ACCOUNT)' $(AWS_ARGS)

test-aws-clean: $(VENV)/.dev ## Remove what a run of test-aws left there that was killed
	$(BIN)/python -m tests.aws clean --account '$(AWS_ACCOUNT)'

test-unit: $(VENV)/.dev ## Run the unit tests alone
	$(PYTEST) tests/unit

test-sandbox: $(VENV)/.dev ## Run the tests of the sandbox alone
	$(PYTEST) tests/sandbox

test-e2e: $(VENV)/.dev ## Run the playbooks' end-to-end tests alone
	$(PYTEST) tests/e2e

molecule: $(VENV)/.dev ## Run the molecule scenario alone
	PATH="$(abspath $(BIN)):$$PATH" molecule test

sanity: $(VENV)/.dev ## Run ansible-test sanity alone
	$(BIN)/nox --session ansible-test-sanity

bench: $(VENV)/.dev ## Compare the lanes with a plain playbook and a bare boto3 script; BENCH_ARGS="--sizes 30" for less
	$(BIN)/python -m tests.bench.bench $(BENCH_ARGS)

bench-faults: $(VENV)/.dev ## Let the same go wrong for a plain playbook and both lanes, and print what each loses
	$(BIN)/python -m tests.bench.faults $(BENCH_ARGS)

bench-slices: $(VENV)/.dev ## Measure a class in one piece and in slices under an account's limit
	$(BIN)/python -m tests.bench.slices $(BENCH_ARGS)

bench-accounts: $(VENV)/.dev ## Measure a class in one account and in several, each under its own limit
	$(BIN)/python -m tests.bench.accounts $(BENCH_ARGS)

bench-department: $(VENV)/.dev ## Simulate 100,000 participants in 20 accounts, with the real planner and governor
	$(BIN)/python -m tests.bench.department $(BENCH_ARGS)

pictures: $(VENV)/.dev ## Make the pictures in docs/pictures anew; needs a Chromium
	$(BIN)/python -m tests.e2e.support.pictures

docs: $(VENV)/.docs ## Build the documentation site in site/html, without the Internet
	$(BIN)/python tests/tools/make_docs.py

lint: $(VENV)/.dev ## Check style, types, documentation, licences and the built collection
	CI=true $(BIN)/nox

changelog: $(VENV)/.dev ## Make a release of the fragments, for the version in galaxy.yml, and write CHANGELOG.md
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

# --no-compile: Python compiles the few of ansible's 16,000 files that are used; all take most of a minute.
$(VENV)/.setup $(VENV)/.demo $(VENV)/.docs $(VENV)/.dev:
	if uv --version >/dev/null 2>&1; then uv pip install --quiet --python $(BIN)/python -r $<; \
	else $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile -r $<; fi
	@touch $@

$(VENV)/.awx: tests/tools/get_awx.sh $(VENV)/.demo
	$< $(VENV)
	@touch $@
