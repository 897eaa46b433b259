# The commands of the book. `make` alone lists them.
# They need Python 3.11 or newer, make, and the network once. On Windows, run them from Git's shell.

PYTHON ?=
PORT ?= 8000
ARGS ?=
ORACLE ?=

VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
READY := $(VENV)/ready
LOG := $(VENV)/setup.log
SITE := _build/html/index.html

CANDIDATES = $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11 python)
RECENT := import sys; sys.exit(sys.version_info < (3, 11))

.DEFAULT_GOAL := help
.PHONY: help setup book test chapters serve lab lock clean distclean force

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 ## \2/p' Makefile | awk -F ' ## ' '{printf "%-16s %s\n", $$1, $$2}'

setup: $(READY) ## install the pinned environment into .venv (the others do it themselves)

book: $(READY) ## build the site into _build/html, warnings as errors
	@$(PY) -m nndl.chapters --check
	@$(BIN)/jupyter-book build book --config _config.yml --toc "$(CURDIR)/_toc.yml" \
		--path-output . -W -n --keep-going --quiet \
		|| { rm -rf _build/.doctrees; echo "make book: the site has errors; they are printed above."; exit 1; }
	@echo "The book is built: open $(SITE), or type make serve."

test: $(READY) ## run every test: units, all chapters, the site (ARGS="-k conv" for some)
	@$(if $(ORACLE),$(PY) -m pip install --quiet --disable-pip-version-check \
		--constraint requirements.txt "$(ORACLE)")
	@$(PY) -m pytest $(ARGS)

chapters: $(READY) ## write and execute the notebooks and modules of chapters that changed
	@$(PY) -m nndl.chapters $(ARGS)

serve: book ## show the site on this machine only (PORT=8000)
	@$(PY) -c "import socket; socket.socket().bind(('127.0.0.1', $(PORT)))" 2>/dev/null \
		|| { echo "make serve: port $(PORT) is taken. Try make serve PORT=8001."; exit 1; }
	@echo "The book is at http://127.0.0.1:$(PORT)/ until you press Ctrl-C."
	@$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: $(READY) ## open the chapters in JupyterLab
	@$(PY) -m jupyter lab $(ARGS)

lock: ## resolve pyproject.toml into requirements.txt (needs uv)
	@uv --version >/dev/null 2>&1 || { echo "make lock: uv is missing."; exit 1; }
	@uv pip compile --quiet --universal --python-version 3.11 --all-extras --upgrade \
		--no-annotate --custom-compile-command "make lock" --output-file requirements.txt pyproject.toml

clean: ## remove what was built and cached, keep .venv
	@rm -rf _build .pytest_cache .ruff_cache .hypothesis
	@find book nndl tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove .venv as well
	@rm -rf $(VENV)

# The stamp is written last: an install that stopped half-way does not count.
# A venv that still runs is kept and updated; PYTHON=... asks for one made by that Python.
$(READY): requirements.txt pyproject.toml $(if $(PYTHON),force)
	@rm -f $(READY); \
	found=; bare=; \
	for python in $(CANDIDATES); do \
		"$$python" -c '$(RECENT)' >/dev/null 2>&1 || continue; \
		if "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then found=$$python; break; fi; \
		bare=$$python; \
	done; \
	if [ -z "$$found" ] && [ -n "$$bare" ]; then \
		echo "make: $$bare has no venv module. Install it (on Debian and Ubuntu: apt install python3-venv)."; exit 1; \
	elif [ -z "$$found" ]; then \
		echo "make: no Python 3.11 or newer found$(if $(PYTHON), at $(PYTHON)). Install one, or name it: make PYTHON=/path/to/python3."; exit 1; \
	fi; \
	$(PY) -c '$(RECENT)' >/dev/null 2>&1 && $(PY) -m pip --version >/dev/null 2>&1 \
		$(if $(PYTHON),&& [ "`$(PY) -V`" = "`"$$found" -V`" ]) \
		|| "$$found" -m venv --clear $(VENV) \
		|| { echo "make: $$found could not make the virtual environment $(VENV)."; exit 1; }; \
	echo "Installing the pinned environment into $(VENV) (a minute or two, once) ..."; \
	{ $(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt \
	  && $(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ; \
	} >$(LOG) 2>&1 || { \
		if grep -qiE 'connection (broken|refused)|failed to establish|name resolution|timed out|unreachable' $(LOG); \
		then why="no network, or the package index cannot be reached"; else why="pip failed"; fi; \
		echo "make: the environment is not installed: $$why. What pip said is in $(LOG)."; exit 1; }; \
	touch $(READY)
