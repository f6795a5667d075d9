# Tricenter. Needs make, a POSIX shell and Python >= 3.11; everything else is brought along.
# `make help` prints what it can do.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ENV ?= lab
# The environment a target is about: a folder below inventories/, or a path.
ENVIRONMENT = $(if $(wildcard inventories/$(ENV)),inventories/$(ENV),$(ENV))
STATE ?= .tricenter
INSTANCES ?=
# The folder of the public machine reassignment instances, for `make bench`; none: these rows are left out.
ONLY ?=
PYTHON ?=
# The Python to build the virtual environment with; found by itself when empty.

BIN := .venv/bin
UV := $(BIN)/uv
TRICENTER := $(BIN)/tricenter --state $(STATE)
SYNCED := .venv/.synced
# The lab starts no console proxy, which alone would want numpy.
NOT_IN_LAB := --no-annotate --no-emit-package numpy
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

SUITS := -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
FIND_PYTHON = for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3); do \
	"$$python" $(SUITS) && break; python=; done

##@ The two commands

.PHONY: up
up: sync ## bring up the lab environment: lab clouds, plan, proof, apply, verify
	@$(TRICENTER) up $(ENVIRONMENT)

.PHONY: test
test: sync system-packages ## run every gate and test, side by side where cores are free; says what cannot run here
	@$(BIN)/python -m toolchain.gates

##@ Working with an environment (ENV=lab)

.PHONY: plan
plan: sync ## place everything and write the Plan
	@$(TRICENTER) plan $(ENVIRONMENT)

.PHONY: preview
preview: plan ## show what carrying the Plan out would change
	@$(TRICENTER) preview $(STATE)/plans/$(notdir $(ENVIRONMENT)).json

.PHONY: down
down: sync ## remove what `up` created and stop the lab clouds
	@$(TRICENTER) down $(ENVIRONMENT)

.PHONY: lab
lab: sync ## start the lab clouds alone
	@$(TRICENTER) lab up --env $(ENVIRONMENT)

.PHONY: engine
engine: sync ## find the Pulumi engine or bring it (minutes the first time)
	@$(TRICENTER) engine install

.PHONY: doctor
doctor: sync ## say what this machine lacks and how to get it
	@$(TRICENTER) doctor

##@ Setting up

.PHONY: sync
sync: $(SYNCED) ## make the virtual environment what the lock file says
	@:
$(SYNCED): requirements.lock pyproject.toml $(UV)
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(UV): toolchain/requirements-uv.lock
	@$(BIN)/python $(SUITS) && $(BIN)/python -c 'import pip' 2>/dev/null && exit; \
	$(FIND_PYTHON); \
	if [ -z "$$python" ]; then \
	  echo "Python >= 3.11 with its venv module is needed; found $$($(or $(PYTHON),python3) --version 2>&1)." >&2; \
	  echo "Install one (Debian: apt install python3-venv) or name it: make PYTHON=/path/to/python3.11" >&2; \
	  exit 2; \
	fi; \
	echo "making .venv with $$("$$python" --version)"; \
	"$$python" -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

.PHONY: system-packages
system-packages: # what toolchain/system_packages.txt lists; installed where we are root on Debian
	@sh toolchain/system_packages.sh

.PHONY: lock
lock: $(UV) ## resolve all lock files anew (UPGRADE=--upgrade takes newer versions)
	@$(COMPILE) $(UPGRADE) --extra dev pyproject.toml --output-file requirements.lock
	@$(COMPILE) $(UPGRADE) $(NOT_IN_LAB) lab/openstack/requirements.in --output-file lab/openstack/requirements.lock
	@$(COMPILE) $(UPGRADE) toolchain/requirements-uv.in --output-file toolchain/requirements-uv.lock
	@$(COMPILE) $(UPGRADE) toolchain/requirements-go.in --output-file toolchain/requirements-go.lock

##@ The loop

.PHONY: words
words: sync ## bring the texts of all languages into step: derive traditional Chinese, order, compile
	@$(BIN)/python -m toolchain.words

.PHONY: fmt
fmt: sync ## format and apply safe fixes
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix-only .

.PHONY: lint
lint: sync ## style, layers, owners of packages, and plays
	@$(BIN)/python -m toolchain.gates format lint layers yaml plays

.PHONY: types
types: sync ## strict types
	@$(BIN)/python -m toolchain.gates types

.PHONY: test-unit
test-unit: sync ## unit tests and scenarios, without a network
	@$(BIN)/python -m toolchain.gates unit scenarios

.PHONY: walk
walk: sync ## try every text of the format with hostile values; prints how many were refused and carried
	@cd tests && ../$(BIN)/python -m support.walking_fields

.PHONY: open-files
open-files: sync ## write every kind of file under two umasks; prints how many of them others may read or write
	@cd tests && ../$(BIN)/python -m support.open_files

.PHONY: test-contract
test-contract: sync ## imports, module sizes, error codes, versions in step
	@$(BIN)/python -m toolchain.gates contract

.PHONY: test-wheel
test-wheel: sync ## install the wheel and use it outside of the repository, without root, git and engine
	@$(BIN)/python -m toolchain.gates wheel

.PHONY: test-stacks
test-stacks: sync ## stacks under Pulumi's mocks, then on the real engine
	@$(BIN)/python -m toolchain.gates stacks engine

.PHONY: test-lab
test-lab: sync ## everything that talks to the lab clouds
	@$(BIN)/python -m toolchain.gates lab

.PHONY: test-filters
test-filters: sync system-packages ## 200 generated rule sets of nftables and of iptables, judged by us and by the kernel (root; RULE_SETS=1000)
	@RULE_SETS=$(or $(RULE_SETS),200) $(BIN)/pytest -q -n0 --no-header tests/lab/test_generated_rule_sets.py

.PHONY: test-hosts
test-hosts: sync system-packages ## everything that runs in the host lab (needs root)
	@$(BIN)/python -m toolchain.gates hosts

.PHONY: test-kubernetes
test-kubernetes: sync ## stories on one cluster of the lab (its programs are built the first time: a quarter of an hour)
	@$(BIN)/python -m toolchain.gates kubernetes

.PHONY: test-kubernetes-all
test-kubernetes-all: sync ## the same, with those that wait for kubelets and leases
	@$(TRICENTER) engine install --kubernetes
	@$(BIN)/pytest -q -rs --no-header -n0 tests/lab -m kubernetes --timeout=900

.PHONY: test-service-all
test-service-all: sync ## stories of a service on the lab's clouds: login, plan, consent, apply, a kill on the way
	@$(TRICENTER) engine install
	@$(BIN)/pytest -q -rs --no-header -n0 tests/lab -m service_all --timeout=3000

.PHONY: test-reference
test-reference: sync ## all 45 systems of the reference on the lab: up, looked at, up again, gone (most of an hour, 8 GiB)
	@$(TRICENTER) engine install --kubernetes
	@$(BIN)/pytest -q -rs --no-header -n0 tests/lab/test_reference.py -m reference

.PHONY: test-hosts-all
test-hosts-all: sync system-packages ## the host lab with every set-up of whole hosts, not only the richest of each manager
	@TRICENTER_HOSTS=all $(BIN)/python -m toolchain.gates hosts "field hosts"

.PHONY: test-hosts-reboots
test-hosts-reboots: sync system-packages ## reboot a host of every manager in every phase of its move, and print the table (root)
	@cd tests && ../$(BIN)/python -m support.reboots

.PHONY: test-hosts-matrix
test-hosts-matrix: sync system-packages ## move random hosts there and back, as root (FIRST=0 HOSTS=500 BOOTED=40 FILE=outcomes)
	@cd tests && ../$(BIN)/python -m support.random_hosts $(or $(FIRST),0) $(or $(HOSTS),500) $(or $(BOOTED),40) \
	  $(or $(WORKERS),4) $(abspath $(FILE))

.PHONY: test-fresh
test-fresh: sync ## install all in a Debian that never saw it: nothing may be missing (root; GATES=unit: run some)
	@sh toolchain/system_packages.sh debootstrap
	@$(BIN)/python -m toolchain.fresh $(GATES)

.PHONY: chaos
chaos: sync ## kill processes and clouds, then compare: the whole set (`test` runs a sample)
	@$(TRICENTER) engine install
	@TRICENTER_CHAOS=all $(BIN)/pytest -q -rs --no-header -n0 tests/chaos -m "chaos and not hosts" --timeout=900

.PHONY: bench-up
bench-up: sync ## measure quick commands, `up` fresh and unchanged, and the memory it leaves in use
	@$(BIN)/python -m toolchain.bench $(ENVIRONMENT)

.PHONY: bench
bench: sync ## measure every figure promised for the scheduler (ONLY=gap: some; INSTANCES=folder: reassignment too)
	@$(BIN)/python -m toolchain.bench_figures "$(STATE)" "$(INSTANCES)" "$(ONLY)"

.PHONY: bench-same
bench-same: sync ## compare Plans of the same seed and effort: busy cores, other threads, no processor features
	@$(BIN)/python -m toolchain.bench_same

.PHONY: bench-preview
bench-preview: sync ## measure the preview of one more workload on a lab of its own (minutes)
	@$(BIN)/python -m toolchain.bench_preview

.PHONY: bench-start
bench-start: sync ## measure what a start costs: compiling from an empty cache, then quick commands with a warm one
	@$(BIN)/python -m toolchain.bench_start

.PHONY: bench-applies
bench-applies: sync ## measure two environments applied on the lab at once against each alone
	@$(BIN)/python -m toolchain.bench_applies

.PHONY: bench-clusters
bench-clusters: sync ## measure the figures promised for the lab's clusters (their programs have to be there)
	@$(BIN)/python -m toolchain.bench_clusters

.PHONY: bench-inventory
bench-inventory: sync ## list 8,000 objects and 2,000 pods beside the reference's servers (the reference has to be up in STATE)
	@$(BIN)/python -m toolchain.bench_clusters "$(STATE)"

.PHONY: bench-builds
bench-builds: sync ## measure the CPU seconds of building what Kubernetes needs from nothing (half an hour)
	@$(BIN)/python -m toolchain.bench_builds

.PHONY: reference-page
reference-page: sync ## bring the reference up and write docs/reference-environment.md from what its clouds list then
	@mkdir -p $(STATE)
	@$(TRICENTER) --json up inventories/reference > $(STATE)/reference-up.json
	@$(TRICENTER) --json systems inventories/reference > $(STATE)/reference-systems.json
	@$(BIN)/python -m toolchain.reference_page $(STATE)/reference-up.json $(STATE)/reference-systems.json

.PHONY: bench-net
bench-net: sync ## measure every figure promised for networks (ONLY=allocator: some)
	@$(BIN)/python -m toolchain.bench_net "$(ONLY)"

.PHONY: wheel
wheel: sync ## build dist/tricenter-….whl, which is all that `pip install` needs
	@$(BIN)/python -m hatchling build -t wheel

.PHONY: sbom
sbom: sync ## write dist/tricenter.cdx.json: all it is made of, as CycloneDX, checked against the specification
	@$(BIN)/python -m toolchain.supply

.PHONY: advisories
advisories: sync ## ask an index (TRICENTER_OSV) which parts have known vulnerabilities; ends with 5 where none answers
	@$(BIN)/python -m toolchain.supply.advisories

.PHONY: clean
clean: ## remove caches and build products; environments, state and engine stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -type d -not -path './.venv/*' -not -path './.toolchain/*' -prune -exec rm -rf {} +

.PHONY: help
help: ## print this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { sub(/:.*/, "", $$1); printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
