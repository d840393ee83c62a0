# Two commands do everything on a machine that has only Python 3.11 and make:
#   make demo    the main job on the embedded archive (then: make serve, make lab)
#   make test    the tests
# Proofs that take longer: make accuracy (detectors against truth and peers), make bench, make test-slow.
# Both make .venv from requirements.lock first, once.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
NETWORKS := $(VENV)/.networks
# Where torch for machines without a GPU is published, asked when the machine's own index lacks it.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

.PHONY: setup networks demo networks-demo serve lab browser test test-slow accuracy bench screenshots lint format lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Python 3.11 is needed, found: $$($(PYTHON) --version). Say where it is: make setup PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@awk '/^[^ #]/ { keep = /^uv==/ } keep' requirements.lock > $(VENV)/uv.lock
	@test -x $(VENV)/bin/uv || $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@echo "Installing the locked packages into $(VENV) (once) ..."
	@$(VENV)/bin/uv pip sync --quiet --python $(RUN) --require-hashes --compile-bytecode requirements.lock
	@$(VENV)/bin/uv pip install --quiet --python $(RUN) --no-deps --no-build-isolation --compile-bytecode --editable .
	@touch $(READY)

# The extra `networks` for machines without a GPU, from a lock of its own (with one: pip install -e ".[networks]").
networks: $(NETWORKS)

PIP_NETWORKS := $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-networks.lock

$(NETWORKS): requirements-networks.lock $(READY)
	@echo "Installing the networks' packages into $(VENV) (once) ..."
	@$(PIP_NETWORKS) 2> $(VENV)/networks.log || $(PIP_NETWORKS) --extra-index-url $(TORCH_INDEX) || { cat $(VENV)/networks.log; exit 1; }
	@touch $(NETWORKS)

demo: setup
	$(RUN) -m pipelines.full_run

# From nothing to watched mines: simulates, trains, scans, finds, adopts and watches two unlisted mines.
networks-demo: setup networks
	$(RUN) -m pipelines.networks.demo

serve: setup
	$(RUN) -m pipelines.serve --output outputs

lab: setup
	$(RUN) -m pipelines.lab --output outputs

# A Chromium for the browser tests, where the machine has none.
browser: setup
	$(VENV)/bin/playwright install --with-deps chromium

# The tests of networks are left out where torch cannot be had; the last lines of the output say so.
# Three processes on two cores: a third of the time is waiting for browsers and clusters.
test: setup
	-@$(MAKE) --no-print-directory networks
	$(RUN) -m pytest -n 3

test-slow: setup networks
	$(RUN) -m pytest -m slow

accuracy: setup
	$(RUN) -m pipelines.evaluate

bench: setup
	$(RUN) -m benchmarks

screenshots: setup
	$(RUN) -m benchmarks.screenshots --output outputs

lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: setup
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

lock: setup
	$(VENV)/bin/uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile --python-version 3.11 --python-platform linux --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --extra-index-url $(TORCH_INDEX) --constraint requirements.lock --extra networks pyproject.toml -o requirements-networks.lock

clean:
	rm -rf outputs runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
