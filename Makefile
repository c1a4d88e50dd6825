# Two commands for newcomers: `make demo` and `make test`. Needs python3 and make; brings uv itself if it is missing.
SHELL := /bin/sh
TOOLS := var/tools
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/bin/uv)
BASE := --no-default-groups
FULL := --group train --group dev

.PHONY: demo test lint test-faults bench bench-recognition bench-registry bench-console bench-serving bench-xray bench-retraining screenshots clean
.DEFAULT_GOAL := demo

$(TOOLS)/bin/uv:
	@echo "bringing uv into $(TOOLS)"
	@python3 -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check uv

uv: $(if $(filter $(TOOLS)/%,$(UV)),$(TOOLS)/bin/uv)

demo: uv  ## start the service with sample marks, post sample parcels, show what it found
	@test -d .venv || echo "installing the base dependencies (no torch); once"
	@$(UV) sync --quiet --locked --inexact $(BASE)
	@$(UV) run --no-sync tidewaiter demo

# processes side by side; each takes up to 5 GB of memory. A file's tests stay together, the slow ones come first
JOBS ?= 2

test: uv  ## install everything else and run all tests
	@$(UV) sync --quiet --locked $(FULL)
	@$(UV) run --no-sync python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

lint: uv  ## style, types, and the arrows between the packages
	@$(UV) sync --quiet --locked $(FULL)
	@$(UV) run --no-sync ruff check .
	@$(UV) run --no-sync ruff format --check .
	@$(UV) run --no-sync mypy
	@$(UV) run --no-sync lint-imports

bench: uv  ## measure the deployed models on the sample parcels; writes var/bench/speed.jsonl
	@$(UV) sync --quiet --locked --inexact $(BASE)
	@$(UV) run --no-sync tidewaiter bench

# what bench-recognition measures on; give others as `make bench-recognition SET=dir REGISTRY=csv CLEAN=dir TRUNK=file`
SET ?= var/evaluation/photographs
REGISTRY ?= var/artwork/artwork.csv
CLEAN ?= var/evaluation/clean
TRUNK ?= var/weights/mobilenet_v1_trunk.pth
LIMIT ?=

bench-recognition: uv  ## how well marks are recognised, against peers; writes var/bench/recognition.jsonl
	@$(UV) sync --quiet --locked --inexact $(BASE) $(if $(wildcard $(TRUNK)),--group train)
	@$(UV) run --no-sync python -m training.recognition --set "$(SET)" --registry "$(REGISTRY)" \
		--clean "$(CLEAN)" --trunk "$(TRUNK)" $(if $(LIMIT),--limit $(LIMIT))

# `make bench-registry COUNT=2000` takes half a minute
COUNT ?= 100000

bench-registry: uv  ## how the registry bears a hundred thousand recordations; writes var/bench/registry.jsonl
	@$(UV) sync --quiet --locked $(FULL)
	@$(UV) run --no-sync python -m tests.benchmarks.registry --count $(COUNT)

# `make bench-console ALERTS=20000 RACE=100` takes two minutes
ALERTS ?= 1000000
RACE ?= 1000

bench-console: uv  ## how quick the console is and that officers who race lose nothing; writes var/bench/console.jsonl
	@$(UV) sync --quiet --locked $(FULL)
	@$(UV) run --no-sync python -m tests.benchmarks.console --alerts $(ALERTS) --race $(RACE)

# `make bench-serving TURN=5 OVERLOAD=30` takes four minutes
TURN ?= 20
OVERLOAD ?= 300

bench-serving: uv  ## what serving costs, under overload and beside peers; writes var/bench/serving.jsonl
	@$(UV) sync --quiet --locked $(FULL)
	@mkdir -p var/bench
	@$(UV) run --no-sync python -m tests.benchmarks.serving --seconds $(TURN) --overload $(OVERLOAD)

# `make bench-xray SCANS=100` takes some minutes; all 2,000 scans an hour
SCANS ?= 2000
CARTONS ?= var/evaluation/xray-cartons

bench-xray: uv  ## how well marks are recognised in X-ray scans, and the physics they are rendered by; writes var/bench/xray.jsonl
	@$(UV) sync --quiet --locked $(FULL)
	@mkdir -p var/bench
	@$(UV) run --no-sync python -m tests.benchmarks.xray --registry "$(REGISTRY)" --cartons "$(CARTONS)" --set "$(SET)" --clean "$(CLEAN)" --scans $(SCANS)

# `make bench-retraining ONLY="--only loop --only swaps"` takes some minutes; all of it two hours
ONLY ?=

bench-retraining: uv  ## what the retraining loop gains, bears and refuses; writes var/bench/retraining.jsonl
	@$(UV) sync --quiet --locked $(FULL)
	@$(UV) run --no-sync python -m tests.benchmarks.retraining $(ONLY)

# `make test-faults POSTS=2000 KILLS=10 ROUNDS=3 OUTAGE=2` takes some minutes; cutting power needs root and loop devices
POSTS ?= 20000
KILLS ?= 50
ROUNDS ?= 20
OUTAGE ?= 60
SYSTEM ?= ext4

test-faults: uv  ## kill -9, power cuts, an outage of an hour; at full length two hours; writes var/bench/faults.jsonl
	@$(UV) sync --quiet --locked $(FULL)
	@mkdir -p var/bench
	@$(UV) run --no-sync python -m tests.faults.killing --posts $(POSTS) --kills $(KILLS) | tee -a var/bench/faults.jsonl
	@$(UV) run --no-sync python -m tests.faults.powercut --rounds $(ROUNDS) --system $(SYSTEM) | tee -a var/bench/faults.jsonl
	@$(UV) run --no-sync python -m tests.faults.outage --minutes $(OUTAGE) | tee -a var/bench/faults.jsonl

screenshots: uv  ## draw the console's pictures in the README and the plots in docs/ anew; needs Chromium
	@$(UV) sync --quiet --locked $(FULL)
	@$(UV) run --no-sync python -m tests.screenshots
	@$(UV) run --no-sync python -m tests.plots_xray

clean:  ## forget everything that is not in git
	rm -rf .venv var
