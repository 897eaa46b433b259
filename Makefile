# The commands of the book. `make` alone lists them.
# They need Python 3.11 or newer, make, and the network once. On Windows, run them from Git's shell.

PYTHON ?=
PORT ?= 8000
ARGS ?=
# What make bench compares with. PyTorch offers Linux a build without CUDA, a tenth as large, on an
# index of its own; PIP_EXTRA_INDEX_URL in the environment names it. Both compute the same here.
TORCH ?= torch==2.13.0
# Packages that join or replace the pinned ones for one run: make test WITH="torch==2.13.0".
# The next command brings the pins back.
WITH ?=

VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
PINNED := --no-deps -r requirements.txt
READY := $(VENV)/ready
LOG := $(VENV)/setup.log

# A candidate counts only when it runs and is recent: the stubs of pyenv and Windows do not.
CANDIDATES = $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11 python)
RECENT := import sys; sys.exit(sys.version_info < (3, 11))
NO_NETWORK := connection broken|connection refused|failed to establish|name resolution|timed out|from versions: none

.DEFAULT_GOAL := help
.PHONY: help setup book test chapters serve bench lab browser lock clean distclean force

help: ## list these commands
	@echo "usage: make COMMAND"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1##\2/p' Makefile | awk -F '##' '{printf "  %-10s %s\n", $$1, $$2}'

# Sphinx does not repeat the warnings of pages it has read, so after a failure it must forget them.
book: $(READY) ## build the site into _build/html; a warning is an error
	@$(PY) -m nndl.chapters --check
	@$(BIN)/jupyter-book build book --config _config.yml --toc "$(CURDIR)/_toc.yml" \
		--path-output . -W -n --keep-going --quiet >/dev/null || { \
		rm -rf _build/.doctrees; \
		echo "make: the site was not built; the reasons are above." >&2; exit 1; }
	@echo "The book is built: open _build/html/index.html, or run make serve."

test: $(READY) ## run all tests: units, every chapter, the site (ARGS="-k conv" for some)
	@$(if $(WITH),rm -f $(READY) && $(PIP) install $(foreach package,$(WITH),"$(package)"))
	@NNDL_WITH="$(WITH)" $(PY) -m pytest $(ARGS)

chapters: $(READY) ## write and execute what the chapters' texts changed
	@$(PY) -m nndl.chapters $(ARGS)

serve: $(READY) ## build the site and show it, on this machine only (PORT=8000)
	@$(PY) -c "import socket; socket.socket().bind(('127.0.0.1', $(PORT)))" 2>/dev/null || { \
		echo "make: port $(PORT) is in use. Name another: make serve PORT=8001" >&2; exit 1; }
	@$(MAKE) --no-print-directory book
	@echo "The book is at http://127.0.0.1:$(PORT)/ until you press Ctrl-C."
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html >/dev/null 2>&1

# In an environment of its own, so that PyTorch joins neither the book's nor the tests': the packages
# that are measured, in their pinned versions, and PyTorch.
bench: ## measure the layers beside PyTorch (ARGS=--quick for a look, --check to compare)
	@$(MAKE) --no-print-directory --silent VENV=.venv-bench \
		PINNED="--constraint requirements.txt numpy numba threadpoolctl pooch tqdm flit-core $(TORCH)" .venv-bench/ready
	@$(subst $(VENV),.venv-bench,$(PY)) -m benchmarks.run $(ARGS)

lab: $(READY) ## open JupyterLab; a double click on a chapter's text opens its notebook
	@$(BIN)/jupytext-config --settings-file $(VENV)/share/jupyter/lab/settings/overrides.json \
		set-default-viewer markdown
	@$(BIN)/jupyter lab $(ARGS)

browser: $(READY) ## fetch the Chromium that the site's tests drive, where there is none
	@$(PY) -m playwright install chromium

lock: ## resolve pyproject.toml into requirements.txt (needs uv)
	@uv --version >/dev/null 2>&1 || { echo "make: uv is missing; install it to run make lock." >&2; exit 1; }
	@uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade --no-annotate \
		--custom-compile-command "make lock" --output-file requirements.txt pyproject.toml

setup: $(READY) ## install the pinned environment into .venv (the others do it themselves)
	@echo "The environment in $(VENV) is ready."

clean: ## remove what was built and cached, keep .venv
	@rm -rf _build .pytest_cache .ruff_cache .hypothesis
	@find book nndl tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove .venv too
	@rm -rf $(VENV) .venv-bench

# The stamp comes last, so an install that stopped half-way does not count. A .venv that works is
# brought up to date; PYTHON=... replaces one that another version made.
$(READY): requirements.txt pyproject.toml $(if $(PYTHON),force)
	@say() { echo "make: $$1" >&2; exit 1; }; \
	found=; bare=; \
	for python in $(CANDIDATES); do \
		"$$python" -c '$(RECENT)' >/dev/null 2>&1 || continue; \
		if "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then found=$$python; break; fi; \
		bare=$${bare:-$$python}; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
		say "$$bare has no venv module. Install it (Debian and Ubuntu: apt install python3-venv)."; \
	elif [ -z "$$found" ]; then \
		say "no Python 3.11 or newer found$(if $(PYTHON), at $(PYTHON)). Install one, or name it: make PYTHON=/path/to/python3"; \
	fi; \
	rm -f $(READY); \
	$(PY) -c '$(RECENT)' >/dev/null 2>&1 && $(PY) -m pip --version >/dev/null 2>&1 \
		$(if $(PYTHON),&& [ "$$($(PY) -V)" = "$$("$$found" -V)" ]) \
		|| "$$found" -m venv --clear $(VENV) || say "$$found could not make $(VENV)."; \
	echo "Installing the pinned environment into $(VENV) (about a minute the first time)."; \
	{ $(PIP) install $(PINNED) && \
	  $(PIP) install --no-deps --no-build-isolation -e .; } >$(LOG) 2>&1 || { \
		why="pip failed"; \
		! grep -qiE '$(NO_NETWORK)' $(LOG) || why="no network, or no package index in reach"; \
		say "$$why: the environment is not installed. What pip said is in $(LOG)."; }; \
	touch $(READY)
