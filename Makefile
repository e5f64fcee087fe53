# Every target makes the environment first, once for each change of pyproject.toml or uv.lock, and works offline from
# then on. uv is used where it is present, else venv and pip.
#
#   make install PYTHON=/path/to/python3.12   choose the interpreter
#   make test VENV=.venv-3.12                 keep a second environment beside the first
#   make install EXTRAS=dev,spark             try Spark, too, which needs Java

VENV ?= .venv
PYTHON ?=
EXTRAS ?= dev
BIN := $(VENV)/bin
READY := $(VENV)/.payrule-installed
comma := ,
NAMED := $(addprefix --extra ,$(subst $(comma), ,$(EXTRAS)))
UV := $(shell command -v uv 2>/dev/null)
# Each of the processes below would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE
# The number of test processes.
JOBS ?= 2
# The number of random encounters that `make soak` decides for every payer, and `make soak-counting` by generated rules and by the plans.
ENCOUNTERS ?= 100000
# The number of damaged inputs of each format that `make fuzz` tries.
INPUTS ?= 10000
# What the examples have to exercise of the policies, in per cent.
EXERCISED := statements=100,rules=100,near-misses=100,leaves=100,decisive=99,unknown=100,overrides=100
# The rulebase of the example plans, whose vocabulary is a copy of the shipped one; `tests/examples/test_plans.py` tests it.
PLANS := examples/policies

# A candidate is asked for its version rather than looked up: a name on PATH may be a shim with nothing behind it.
TRIED := 3.11 3.12 3.13
candidates = $(or $(PYTHON),python3.12 python3.13 python3.11 python3 python)
version = "$(1)" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
interpreter = $(firstword $(foreach name,$(candidates),$(if $(filter $(TRIED),$(shell $(call version,$(name)))),$(name))))
found = $(strip $(foreach name,$(candidates),$(addprefix Python ,$(shell $(call version,$(name))))))
refuse = $(error payrule needs Python 3.11, 3.12 or 3.13 (no other has been tried) and $(if $(PYTHON),`$(PYTHON)` is \
  $(or $(found),no working Python),found $(or $(found),no working Python)): name one with \
  `make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)`)

# durable_rules comes as C source. What building it needs is looked for before anything is made, unless a wheel of it
# lies in a folder that pip or uv is told of.
built = $(wildcard $(addsuffix /durable_rules-*.whl,$(PIP_FIND_LINKS) $(UV_FIND_LINKS)))
compiler = $(or $(built),$(shell for each in $$CC cc gcc clang; do command -v "$$each" && break; done))
headers = import os, sysconfig; print("found" if os.path.exists(sysconfig.get_path("include") + "/Python.h") else "none")
headless = $(if $(built),,$(filter none,$(shell "$(1)" -c '$(headers)' 2>/dev/null)))
PACKAGES := Debian and Ubuntu: `apt-get install build-essential python3-dev`; Fedora: `dnf install gcc python3-devel`; \
  macOS: `xcode-select --install`
lacking = $(error payrule needs $(1) to build durable_rules, its rules engine, and found none: install them ($(PACKAGES)))

.DEFAULT_GOAL := help

.PHONY: help
help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# An interpreter that was named is always looked at, even where the environment stands already.
.PHONY: named
named:
	@$(if $(interpreter),,$(refuse)):

$(READY): pyproject.toml uv.lock $(if $(PYTHON),| named)
	@$(if $(compiler),,$(if $(or $(UV),$(interpreter)),$(call lacking,a C compiler))):
ifdef UV
	UV_PROJECT_ENVIRONMENT="$(VENV)" $(UV) sync $(NAMED) --frozen $(if $(PYTHON),--python "$(PYTHON)") \
	  || UV_PROJECT_ENVIRONMENT="$(VENV)" $(UV) sync $(NAMED) --frozen --offline $(if $(PYTHON),--python "$(PYTHON)")
else
	@$(if $(call headless,$(interpreter)),$(call lacking,the C headers of `$(interpreter)`)):
	"$(or $(interpreter),$(refuse))" -m venv "$(VENV)"
	@echo 'The packages are installed in $(VENV). The first time this takes a few minutes.'
	"$(BIN)/python" -m pip install --quiet --editable '.[$(EXTRAS)]'
endif
	@touch $@

.PHONY: install
install: $(READY)  ## make the environment

CLAIMS := $(wildcard examples/*.json examples/*.jsonl examples/*.csv examples/*.837)
PAYERS := $(basename $(notdir $(wildcard policies/payers/*.json)))

.PHONY: demo
demo: $(READY)  ## decide the examples for every payer and print the answers with their reasons
	@for payer in $(PAYERS); do \
	  printf '\n=== payrule adjudicate examples/* --payer %s\n\n' "$$payer"; \
	  $(BIN)/payrule adjudicate $(CLAIMS) --payer "$$payer" || exit; \
	done
	@printf '\nIn a browser: %s\n' '$(BIN)/payrule workbench'

.PHONY: fmt
fmt: $(READY)  ## put the code into its canonical form
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: schemas
schemas: $(READY)  ## write the schemas that follow from the vocabulary and the operators, and its copy in examples
	$(BIN)/python -m payrule.rulebase.write_schemas
	cp policies/vocabulary.json policies/remittance-codes.json $(PLANS)

.PHONY: pages
pages: $(READY)  ## write the pages that follow from policies, schemas and commands
	$(BIN)/python -m docs.make_pages

SITE := $(BIN)/sphinx-build -n -q -c docs -d docs/_build/read

.PHONY: docs
docs: $(READY)  ## build the site of the documentation in docs/_build/html; a warning is an error
	$(SITE) -W --keep-going -b html . docs/_build/html

.PHONY: pictures
pictures: $(READY)  ## take the pictures of the workbench in docs/pictures, in Chromium
	$(BIN)/python -m docs.making.pictures

.PHONY: links
links: $(READY)  ## see whether the pages elsewhere that the documentation links are there; needs the network
	$(SITE) -b linkcheck . docs/_build/links

# Run a command and say how long it took: $(call part,name,command).
part = @from=$$(date +%s); $(2) && echo "== $(1): $$(( $$(date +%s) - from )) s"
PYTEST = $(BIN)/python -m pytest -n $(JOBS)
# With FOLDER: the tests that `tests/of_folder.py` lists, in `$$files`.
LISTED = $(if $(FOLDER),files=$$($(BIN)/python -m tests.of_folder $(FOLDER)) && )
FILES = $(if $(FOLDER),$$files)

# Side by side, for none needs another.
LINT := lint-format lint-code lint-types lint-layers
.PHONY: lint $(LINT)
lint: $(READY)
	@$(MAKE) --no-print-directory --jobs 2 $(LINT)

lint-format:
	$(call part,format,$(BIN)/ruff format --check)

lint-code:
	$(call part,lint,$(BIN)/ruff check)

lint-types:
	$(call part,types,$(BIN)/mypy)

lint-layers:
	$(call part,layers,$(BIN)/lint-imports)

.PHONY: check
check: lint  ## format, lint, types, layers and every test that is not slow; FOLDER=language: those of a folder
	$(call part,tests,$(LISTED)$(PYTEST) -m 'not slow' --hypothesis-profile=quick $(FILES))

.PHONY: slow-tests
slow-tests: $(READY)  ## measure which tests take so long that they wait for `make test`
	$(BIN)/python -m tests.slow_tests

.PHONY: doctest
doctest: $(READY)  ## the examples in docstrings, of the engine and of what makes the documentation
	$(call part,doctest,$(PYTEST) engine docs/making)

.PHONY: test
test: lint  ## all of `check` with more examples, the slow tests, the packaging, the policies and their examples
	$(call part,tests,$(PYTEST) -m 'not slow' --hypothesis-profile=full)
	$(call part,policies,$(BIN)/payrule check)
	$(call part,examples,$(BIN)/payrule test)
	$(call part,exercised,$(BIN)/payrule coverage --fail-under $(EXERCISED) > /dev/null)
	$(call part,slow,$(PYTEST) --dist loadgroup -m slow --hypothesis-profile=full tests)

.PHONY: coverage
coverage: $(READY)  ## which lines and branches of the engine the tests reach
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m 'not slow'
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

.PHONY: soak
soak: $(READY)  ## the property tests again, with many examples, and ENCOUNTERS random ones for every payer
	$(BIN)/python -m pytest -n $(JOBS) --hypothesis-profile=soak --hypothesis-show-statistics tests/property
	$(BIN)/python -m tests.soak --encounters $(ENCOUNTERS)

.PHONY: soak-analysis
soak-analysis: $(READY)  ## what the solver is told and what it finds, held to the reference evaluator on random encounters; questions code by code, and whole
	$(BIN)/python -m tests.soak_analysis
	$(BIN)/python -m tests.soak_slices
	WHOLE_PLANS=yes $(PYTEST) -m slow tests/examples/test_plans.py

.PHONY: soak-counting
soak-counting: $(READY)  ## forward chaining, and columns of the plans, held to the reference evaluator on ENCOUNTERS with counts and payments in part
	$(BIN)/python -m tests.soak_counting --encounters $(ENCOUNTERS)

.PHONY: soak-asking
soak-asking: $(READY)  ## what is asked about 1,000 lines of generated rules, and of the shipped ones: each question matters, and nothing else does
	$(BIN)/python -m tests.soak_asking

.PHONY: soak-crd
soak-crd: $(READY)  ## 10,000 orders through coverage discovery: the published invariants, and the processor time of an answer
	$(BIN)/python -m tests.soak_crd

.PHONY: soak-service
soak-service: $(READY)  ## the decision service: 10,000 requests across 20 reloads, and memory over 200,000 requests
	$(BIN)/python -m tests.soak_service

.PHONY: soak-columns
soak-columns: $(READY)  ## columns held to the reference evaluator on 200,000 encounters, every field of every answer
	$(BIN)/python -m tests.soak_columns

.PHONY: soak-interrupts
soak-interrupts: $(READY)  ## Ctrl-C at 50 random moments of diff, verify, import, and adjudicate claim by claim and in columns
	$(BIN)/python -m tests.soak_interrupts

.PHONY: soak-spark
soak-spark: $(READY)  ## Spark held to columns on 2,000,000 lines, by content
	$(BIN)/python -m tests.soak_spark

.PHONY: fuzz
fuzz: $(READY)  ## try INPUTS damaged inputs of every format in one process: 10,000 of each
	$(BIN)/python -m tests.fuzz --inputs $(INPUTS)

.PHONY: mutants
mutants: $(READY)  ## break the engine in small ways and see that a test notices
	$(BIN)/python -m tests.mutants

.PHONY: bench
bench: $(READY)  ## measure, and print what was measured
	$(BIN)/python -m benchmarks

.PHONY: bench-batch
bench-batch: $(READY)  ## measure deciding files of millions of lines; fetches peers to compare with, where it can
	$(BIN)/python -m benchmarks.batch

.PHONY: bench-service
bench-service: $(READY)  ## measure the decision service: requests a second of one worker, for a client on this machine
	$(BIN)/python -m benchmarks.service

.PHONY: speed
speed: $(READY)  ## measure everything once, on a machine that does nothing else, and write docs/explanation/speed.md
	$(BIN)/python -m benchmarks.speed

.PHONY: bench-history
bench-history: $(READY)  ## measure rules that count over time, on 8 million lines of a million patients
	$(BIN)/python -m benchmarks.history
