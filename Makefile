# `make run` and `make test` do everything on a fresh machine with Python 3.11 or later.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
SOURCES := dlp2c_site extraction annotations tests bench examples manage.py

.PHONY: install install-dev run serve test lint bench dot frontend browser clean help

help: ## Say what can be made.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

install: .venv/.installed frontend examples/tinynet.pdf ## Make .venv and install all that the site needs.

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make run PYTHON=…")'
	@echo "Making .venv"
	@$(PYTHON) -m venv .venv

.venv/.installed: requirements.txt | .venv/bin/python
	@echo "Installing Python packages (about 1.5 GB, a minute or two)"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt requirements-pytorch.txt .venv/.installed
	@echo "Installing what the tests need"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

install-dev: install .venv/.installed-dev browser ## Also install what tests and linters need.

install-pytorch: install ## Also install PyTorch, so that PyTorch code can be proven by running it.
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-pytorch.txt

frontend: .venv/.installed
	@echo "Building the editor"
	@$(BIN)/python -m dlp2c_site.frontend build

# The browser tests drive Chromium: the one that is here, Debian's, or Playwright's own.
browser: .venv/.installed-dev
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null \
	|| (command -v apt-get >/dev/null && test "$$(id -u)" = 0 && echo "Installing Chromium" \
	    && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null) \
	|| $(BIN)/playwright install chromium

examples/tinynet.pdf: examples/render.py .venv/.installed
	@$(BIN)/python examples/render.py $@

run: install ## Install, migrate, load the example, start site and worker.
	@echo "Preparing the database"
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py seed_demo
	@$(BIN)/python -m dlp2c_site.serve --port $(PORT)

test: install-dev ## Install, then run every test.
	@$(BIN)/python -m dlp2c_site.frontend test
	@$(BIN)/python -m pytest $(ARGS)

lint: install-dev ## Style, types, import rules, missing migrations, settings of a deployment.
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check --quiet $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m dlp2c_site.frontend check
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@ALLOWED_HOSTS=example.org SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	    $(BIN)/python -W error manage.py check --deploy --fail-level WARNING

# bench/simulate.py measures against Keras's plot_model, which calls the program dot.
dot:
	@command -v dot >/dev/null || (command -v apt-get >/dev/null && test "$$(id -u)" = 0 && echo "Installing Graphviz" \
	    && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq graphviz >/dev/null) \
	|| echo "Install Graphviz, so that bench/simulate.py can measure against plot_model"

bench: install-dev dot ## Measure; each command prints a ratio or a figure beside its limit.
	@for file in bench/*.py; do echo "== $$file"; PYTHONPATH=. $(BIN)/python $$file || exit 1; done

clean: ## Remove what was installed and built; var/ (your data) stays.
	rm -rf .venv node_modules static/build examples/tinynet.pdf .mypy_cache .ruff_cache .pytest_cache
