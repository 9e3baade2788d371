# Every target in one line of purpose: "make help".

.DEFAULT_GOAL := help
BIN := .venv/bin
# Nothing may keep Python from keeping what it compiled: a start would take ten times as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-all faults security sbom audit snapshots check bench format requirements translations compile-translations migrate clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start everything on 127.0.0.1:8000 with example data (PORT=8001 for another port)
	@tools/install requirements.txt
	@exec $(BIN)/python -m app.demo

test: .installed compile-translations ## Run the tests of what it does, each on SQLite or PostgreSQL, and in Chromium
	@CHROMIUM=$$(tools/browser) && export CHROMIUM && $(BIN)/pytest -n 2 --dist worksteal --share --hypothesis-profile=ci --durations=25 -m "not grid" --ignore tests/architecture $(ARGS)

test-all: .installed compile-translations ## Run every test on both engines, and the grid of pages, widths, languages
	@CHROMIUM=$$(tools/browser) && export CHROMIUM && $(BIN)/pytest -n 2 --dist worksteal --durations=25 $(ARGS)

faults: .installed compile-translations ## Kill workers, the broker and providers; print lost and duplicated (FAULTS_FULL=yes for the whole figures)
	@$(BIN)/pytest -q -s -p no:cacheprovider -m faults tests/faults $(ARGS)

security: .installed compile-translations ## Ask everything as everybody, walk, fuzz, and look for traces (FUZZ_N=20 FUZZ_SEED=1)
	@CHROMIUM=$$(tools/browser) && export CHROMIUM && $(BIN)/pytest -q -s -p no:cacheprovider -m security $(ARGS)

sbom: .installed ## Write what it is made of: sbom.json (CycloneDX) and docs/licences.md
	@$(BIN)/python tools/sbom.py > sbom.json
	@$(BIN)/python tools/sbom.py --licences > docs/licences.md
	@echo "sbom.json and docs/licences.md are written"

audit: .installed ## Look the pinned packages up in an index of vulnerabilities, and say when none is reached
	@$(BIN)/python tools/audit.py

snapshots: .installed compile-translations ## Write anew what the tests expect every shipped message to read like
	@RENEW_SNAPSHOTS=yes $(BIN)/pytest -q -p no:cacheprovider --engine sqlite tests/integration/notifications/test_snapshots.py

check: .installed compile-translations ## Check style, types, imports, templates, migrations, catalogues
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint app/templates --lint --quiet
	$(BIN)/pytest -q -p no:cacheprovider tests/architecture

bench: .installed compile-translations ## Measure what bench/ compares (ARGS="forms --keep")
	@$(BIN)/python -m bench $(ARGS)

format: .installed ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

requirements: .installed ## Compile requirements*.in to hash-pinned requirements*.txt
	$(BIN)/uv pip compile $(COMPILE) requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(COMPILE) requirements-dev.in -o requirements-dev.txt

COMPILE := --quiet --universal --generate-hashes --python-version 3.11 --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements"

translations: .installed ## Extract the sentences and bring the catalogues up to date
	$(BIN)/pybabel --quiet extract -F translations/babel.cfg -k _l -k lazy_gettext -k lazy_pgettext:1c,2 \
		-k lazy_ngettext:1,2 --ignore-dirs ".* tests bench instance" \
		--no-location --sort-output --omit-header -o translations/messages.pot .
	$(BIN)/pybabel --quiet update -d translations -i translations/messages.pot --no-fuzzy-matching \
		--ignore-obsolete --ignore-pot-creation-date --width 100

compile-translations: .installed
	@$(BIN)/pybabel --quiet compile -d translations

migrate: ## Bring the database of DATABASE_URL to the newest schema
	@tools/install requirements.txt
	$(BIN)/flask --app wsgi migrate

clean: ## Remove what can be made again (never instance/, which holds data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage tests/shots
	find app bench migrations tests -name __pycache__ -prune -exec rm -rf {} +
	find translations -name '*.mo' -delete

.PHONY: .installed
.installed:
	@tools/install requirements.txt requirements-dev.txt

-include app/static/static.mk
