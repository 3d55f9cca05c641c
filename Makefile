# Every command sets up its own environment on a fresh machine: `make demo` and `make test` are all.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV := $(VENV)/.ready-dev
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test soak check bench chaos messages docs screenshots lock clean

demo: $(READY)
	$(BIN)/azure-invoice-bot demo

# The tests start a hundred processes: what Python compiles is compiled once.
test soak chaos: export PYTHONDONTWRITEBYTECODE =
test: $(DEV)
	@# Four at a time on two cores are a crowd: what failed in it is tried again by itself, and counts then.
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder || \
		$(BIN)/pytest --last-failed --last-failed-no-failures none

# The races and the payment machine at length: 200 rounds of 64 confirms at once, 20,000 steps and more.
soak: $(DEV)
	RACE_ROUNDS=200 PAYMENT_MACHINE_EXAMPLES=60 $(BIN)/pytest -q tests/test_confirm_races.py \
		tests/test_payment_machine.py

check: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/python -m benchmarks --plot docs/images/growth.png $(OPTIONS)

# Everything fails at once for SECONDS, and in the end the books must balance.
SECONDS ?= 180
chaos: $(DEV)
	$(BIN)/python -m tests.chaos --seconds $(SECONDS)

screenshots: $(DEV)
	$(BIN)/python -m sandbox.screenshots

# Bring the catalogues in line with the words in the code; new ones come out untranslated.
messages: $(DEV)
	$(BIN)/pybabel -q extract -F bot/views/locale/babel.cfg --no-default-keywords -k lang -k _lang \
		-k self -k count:1,2 --no-location --omit-header -o $(VENV)/bot.pot bot handlers
	for each in bot/views/locale/*.po; do $(BIN)/pybabel -q update --no-fuzzy-matching -w 100 \
		--ignore-obsolete -i $(VENV)/bot.pot -o $$each -l $$(basename $$each .po) || exit 1; done

# What the bot needs; enough for the demo.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --editable .
	touch $@

# And what its developers need.
$(DEV): $(READY) requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@

# The documentation as a site in `site/`; any warning is an error.
docs: $(DEV) requirements-docs.lock
	$(BIN)/python -m bot.config_reference > docs/configuration.md
	test -x $(VENV)/docs/bin/python || $(PYTHON) -m venv $(VENV)/docs
	$(VENV)/docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build --quiet

# Newer versions of everything, with hashes and without addresses.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 -o requirements.lock pyproject.toml
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --group dev -c requirements.lock -o requirements-dev.lock pyproject.toml
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 --group pyproject.toml:docs -o requirements-docs.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
