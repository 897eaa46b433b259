# The commands of the book. `make` alone lists them.
# They need Python 3.11 or newer, make, and the network once. On Windows, run them from Git's shell.

PYTHON ?=
PORT ?= 8000
ARGS ?=
# A folder with Pyodide, which the site then has itself: make book PYODIDE=../shared/pyodide. Without
# one, pages whose code a reader runs take it from Pyodide's CDN.
PYODIDE ?= $(NNDL_PYODIDE)
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
PINNED := --no-deps --require-hashes -r requirements.txt
# uv, where there is one, takes a tenth of pip's time for the same files; where it fails, pip follows,
# which knows indexes and proxies that uv does not: UV=false begins with pip. What is installed is
# compiled when it is imported, a part of it.
UV ?= uv
INSTALL := { $(UV) pip install --quiet --python $(PY) $(PINNED) || $(PIP) install --no-compile $(PINNED); }
# The same pins without the hashes: pip takes a constraint with hashes as a demand that everything has
# them, and what is not pinned has none.
CONSTRAINTS := $(VENV)/constraints.txt
# What make made: the folder, from its first moment on, and the installation, with this copy's path.
MADE := $(VENV)/made-by-make
READY := $(VENV)/ready
LOG := $(VENV)/setup.log

# What surrounds these commands must not decide what they compute: another package of this name, a
# Python that is told to live elsewhere, settings of pip that install elsewhere, start-up files of
# IPython, another kernel, or a way of drawing that leaves a notebook without its figures.
unexport PYTHONHOME PYTHONSTARTUP PYTHONINSPECT PYTHONOPTIMIZE PYTHONWARNINGS PYTHONSAFEPATH
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_DRY_RUN PIP_NO_BINARY PIP_REQUIREMENT
unexport UV_SYSTEM_PYTHON UV_PYTHON UV_CONSTRAINT UV_NO_BINARY
unexport MPLBACKEND MATPLOTLIBRC JUPYTER_PATH
export PYTHONPATH := $(CURDIR)
export PYTHONUTF8 := 1
export PYTHONNOUSERSITE := 1
export PIP_USER := 0
export JUPYTER_PREFER_ENV_PATH := 1
book serve: export NNDL_PYODIDE := $(PYODIDE)
book workbook pdf epub chapters timings test: export IPYTHONDIR := $(CURDIR)/$(VENV)/ipython
book workbook pdf epub chapters timings test: export MPLCONFIGDIR := $(CURDIR)/$(VENV)/matplotlib

# Jupyter, Chromium and others keep files at home. Who has none, or may not write there, gets one.
ifneq ($(shell [ -d "$$HOME" ] && [ -w "$$HOME" ] && echo yes),yes)
export HOME := $(CURDIR)/$(VENV)/home
endif

# A candidate counts only when it runs and is recent: the stubs of pyenv and Windows do not.
CANDIDATES = $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11 python)
RECENT := import sys; sys.exit(sys.version_info < (3, 11))
# A copy of this folder, or one that was moved, has an environment that belongs to the old place.
ifneq ($(shell { IFS= read -r here <"$(READY)" && echo "$$here"; } 2>/dev/null),$(CURDIR))
ELSEWHERE := force
endif
# The package is found by a path relative to the environment, which any locale can read. It replaces
# the one that pip writes, before Python reads that.
LIB := import os, sysconfig; print(sysconfig.get_path("purelib"))
UP := import os, sysconfig; print(os.path.relpath(os.curdir, sysconfig.get_path("purelib")))
# That what pip installed is here, and the list of fonts, whose making Matplotlib would report.
INSTALLED := import sys, numpy; sys.exit(not numpy.__file__.startswith(sys.prefix))
FONTS := import matplotlib.font_manager
NO_NETWORK := connection broken|connection refused|failed to establish|name resolution|timed out|from versions: none

.DEFAULT_GOAL := help
.PHONY: help setup book workbook pdf epub test chapters timings serve bench lab browser wheel lock clean distclean force

help: ## list these commands
	@echo "usage: make COMMAND"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1##\2/p' Makefile | awk -F '##' '{printf "  %-10s %s\n", $$1, $$2}'

# Sphinx does not repeat the warnings of pages it has read, so after a failure it must forget them.
book: $(READY) ## build the site into _build/html; a warning is an error (PYODIDE=DIR)
	@$(PY) -m book._tools.chapters --check
	@$(BIN)/jupyter-book build book --config _config.yml --toc "$(CURDIR)/_toc.yml" \
		--path-output . -W -n --keep-going --quiet >/dev/null || { \
		rm -rf _build/.doctrees; \
		echo "make: the site was not built; the reasons are above." >&2; exit 1; }
	@echo "The book is built: open _build/html/index.html, or run make serve."

workbook: book ## the chapters as notebooks with functions to write, in _build/workbook
	@$(PY) -m book._workbook.copying

pdf: $(READY) ## the whole book as _build/books/nndl.pdf (needs LaTeX; MAINTAINING.md)
	@$(PY) -m book._tools.printed pdf

epub: $(READY) ## the whole book as _build/books/nndl.epub
	@$(PY) -m book._tools.printed epub

test: $(READY) ## run all tests: units, every chapter, the site (ARGS="-k conv" for some)
	@$(if $(WITH),rm -f $(READY) && $(PIP) install --no-compile $(foreach package,$(WITH),"$(package)"))
	@NNDL_WITH="$(WITH)" $(PY) -m pytest $(ARGS)

chapters: $(READY) ## write and execute what the chapters' texts changed
	@$(PY) -m book._tools.sanitizer
	@$(PY) -m book._tools.chapters $(ARGS)

timings: $(READY) ## measure the times that chapters show, on a quiet machine (ARGS=losses for one)
	@$(PY) -m book._tools.timings $(ARGS)

serve: $(READY) ## build the site and show it, on this machine only (PORT=8000)
	@$(PY) -c "import socket; socket.socket().bind(('127.0.0.1', $(PORT)))" 2>/dev/null || { \
		echo "make: port $(PORT) is in use. Name another: make serve PORT=8001" >&2; exit 1; }
	@$(MAKE) --no-print-directory book
	@echo "The book is at http://127.0.0.1:$(PORT)/ until you press Ctrl-C."
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html >/dev/null 2>&1

# In an environment of its own, so that PyTorch joins neither the book's nor the tests': the packages
# that are measured, in their pinned versions, and PyTorch. The recursive make writes the constraints.
bench: ## measure the layers beside PyTorch (ARGS=--quick for a look, --check to compare)
	@$(MAKE) --no-print-directory --silent VENV=.venv-bench UV=false \
		PINNED="--constraint .venv-bench/constraints.txt numpy numba threadpoolctl pooch tqdm flit-core $(TORCH)" .venv-bench/ready
	@$(subst $(VENV),.venv-bench,$(PY)) -m benchmarks.run $(ARGS)

lab: $(READY) ## open JupyterLab; a double click on a chapter's text opens its notebook
	@$(BIN)/jupytext-config --settings-file $(VENV)/share/jupyter/lab/settings/overrides.json \
		set-default-viewer markdown
	@$(BIN)/jupyter lab $(ARGS)

browser: $(READY) ## fetch the Chromium that the site's tests drive, where there is none
	@$(PY) -m playwright install chromium

wheel: $(READY) ## build the package's wheel into dist
	@$(PY) -m flit_core.wheel >/dev/null
	@echo "The wheel is in dist."

lock: ## resolve pyproject.toml into requirements.txt (needs uv)
	@$(UV) --version >/dev/null 2>&1 || { echo "make: uv is missing; install it to run make lock." >&2; exit 1; }
	@$(UV) pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade --no-annotate \
		--generate-hashes --custom-compile-command "make lock" --output-file requirements.txt pyproject.toml

setup: $(READY) ## install the pinned environment into .venv (the others do it themselves)
	@echo "The environment in $(VENV) is ready."

clean: ## remove what was built and cached, keep .venv
	@rm -rf _build dist .pytest_cache .ruff_cache .hypothesis
	@find book nndl tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove .venv too
	@rm -rf $(VENV) .venv-bench

# The stamp comes last, so an install that stopped half-way does not count. A .venv that works is
# brought up to date; PYTHON=... replaces one that another version made. Nothing is removed but what
# make made here.
$(READY): requirements.txt pyproject.toml $(if $(PYTHON),force) $(ELSEWHERE)
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
	other="or let make use another: make VENV=.venv-nndl"; \
	ours=; [ ! -e $(MADE) ] && [ ! -e $(READY) ] && [ ! -e $(LOG) ] || ours=yes; \
	if [ -L $(VENV) ] && [ -z "$$ours" ]; then \
		say "$(VENV) is a link to an environment that make did not make. Remove the link, $$other"; \
	fi; \
	here=; { IFS= read -r here <$(READY) || :; } 2>/dev/null; \
	rm -f $(READY); \
	if ! { { [ -z "$$here" ] || [ "$$here" = "$$PYTHONPATH" ]; } && \
		$(PY) -c '$(RECENT)' >/dev/null 2>&1 && $(PY) -m pip --version >/dev/null 2>&1 \
		$(if $(PYTHON),&& [ "$$($(PY) -V)" = "$$("$$found" -V)" ]); }; then \
		if [ -L $(VENV) ] || { [ -e $(VENV) ] && [ -z "$$ours" ]; }; then \
			say "$(VENV) does not work here (a recent Python with pip), and make did not make it. Move it away, $$other"; \
		fi; \
		rm -rf $(VENV) && mkdir $(VENV) && : >$(MADE) && "$$found" -m venv $(VENV) \
			|| say "$$found could not make $(VENV)."; \
	fi; \
	mkdir -p $(VENV)/home $(VENV)/ipython $(VENV)/matplotlib; \
	echo "Installing the pinned environment into $(VENV) (up to a minute the first time)."; \
	sed -e 's/ *\\$$//' -e '/^ *--hash=/d' requirements.txt >$(CONSTRAINTS); \
	lib=$$($(PY) -c '$(LIB)'); up=$$($(PY) -c '$(UP)'); \
	{ $(INSTALL) && \
	  $(PIP) install --no-deps --no-build-isolation -e . && printf '%s\n' "$$up" >"$$lib/nndl.pth"; } >$(LOG) 2>&1 || { \
		why="pip failed"; \
		! grep -qiE '$(NO_NETWORK)' $(LOG) || why="no network, or no package index in reach"; \
		say "$$why: the environment is not installed. What pip said is in $(LOG)."; }; \
	$(PY) -c '$(INSTALLED)' >>$(LOG) 2>&1 || \
		say "pip installed into another folder than $(VENV): see its settings, $(PY) -m pip config list."; \
	MPLCONFIGDIR=$(VENV)/matplotlib $(PY) -c '$(FONTS)' >/dev/null 2>&1; \
	printf "%s\n" "$$PYTHONPATH" >$(READY)
