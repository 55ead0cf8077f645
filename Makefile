# Every target does its own set-up in .venv. Needs python3 (3.11 or later) with venv, make, git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help install demo test test-integrations lint bench clean train-% ship-%

help:
	@echo "make demo    four small videos become drafts in a queue, without GPU, without a model hub"
	@echo "make test    formatter, linter, types, import rules, tests"
	@echo "make test-integrations   what needs servers: the queue on PostgreSQL, Label Studio, S3, the page in Chromium"
	@echo "make lint    all of that but the tests"
	@echo "make page    builds the correction page after a change of its source (export/page)"
	@echo "make bench   the benchmarks that need no GPU (docs/performance.md)"
	@echo "make train-transcription, -separation, -segmentation, -embedding, -plda   the offline models (docs/synthetic.md)"

# EXTRAS=gpu on a machine with an NVIDIA GPU; gcs, azure, postgres as needed, separated by commas.
EXTRAS ?=
comma := ,

$(READY): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (a few minutes the first time: torch is large)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,s3$(if $(EXTRAS),$(comma)$(EXTRAS))]'
	@touch $(READY)

install: $(READY)

demo: export PRELABEL_HOME := $(CURDIR)/prelabel-out/home
demo: $(READY)
	@$(BIN)/prelabel demo --out prelabel-out
	@$(BIN)/prelabel queue list

# The correction page: TypeScript in export/page, built into export/page/built, which is part of the repository so that
# users need no Node. Node itself comes from the registry of Python packages.
PAGE := export/page
NODE := cd $(PAGE) && PATH="$(CURDIR)/$(BIN):$$PATH"
PACKAGES := $(PAGE)/node_modules/.ready
$(PACKAGES): $(PAGE)/package.json $(PAGE)/package-lock.json | $(READY)
	@$(NODE) npm ci --silent
	@touch $@

.PHONY: page page-types lint-page
page-types: $(PACKAGES)
	@$(BIN)/python -m export.api > $(PAGE)/node_modules/openapi.json
	@$(NODE) npx openapi-typescript node_modules/openapi.json -o src/api/schema.ts >/dev/null 2>&1

page: page-types
	@$(NODE) npx vite build --logLevel warn

lint-page: page-types
	@$(NODE) npm run --silent lint
	@$(NODE) npm run --silent test
	@$(NODE) npx vite build --logLevel warn --outDir node_modules/built --emptyOutDir
	@diff -rq $(PAGE)/node_modules/built $(PAGE)/built || { echo "the page was not built from its source: make page" >&2; exit 1; }

lint: $(READY)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory lint-page

# By files, because the tests of one share what took long to make. Each worker may hold the models: some 1.5 GB.
test: lint
	@$(BIN)/pytest -n logical --maxprocesses 4 --dist loadfile

# Every server and browser that the integration tests start is one target here, which installs what this machine lacks.
SERVERS := server-postgresql server-label-studio server-chromium

test-integrations: export INTEGRATIONS_REQUIRED := 1
test-integrations: export LABEL_STUDIO_COMMAND := $(CURDIR)/.venv-label-studio/bin/label-studio
test-integrations: $(READY) $(SERVERS)
	@$(BIN)/pytest -m integration tests/integrations

.PHONY: $(SERVERS)
server-postgresql: $(READY)
	@$(BIN)/python -c 'import psycopg' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[postgres]'
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || test "$$(id -u)" != 0 || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; }

server-chromium: $(READY)
	@command -v chromium >/dev/null || test "$$(id -u)" != 0 || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk; }

# Label Studio's pins clash with ours, so it has an environment of its own.
LABEL_STUDIO := .venv-label-studio
server-label-studio: $(LABEL_STUDIO)/.ready

$(LABEL_STUDIO)/.ready:
	@test -x $(LABEL_STUDIO)/bin/python || $(PYTHON) -m venv $(LABEL_STUDIO)
	@echo "installing Label Studio into $(LABEL_STUDIO) (a few minutes, 1 GB)"
	@$(LABEL_STUDIO)/bin/python -m pip install --quiet --disable-pip-version-check 'label-studio==1.23.*'
	@touch $@

bench: $(READY)
	@$(BIN)/python -m benchmarks.separation
	@$(BIN)/python -m benchmarks.accuracy
	@$(BIN)/python -m benchmarks.budget
	@$(BIN)/python -m benchmarks.killed
	@$(BIN)/python -m benchmarks.hammer --drafts 1000
	@$(BIN)/python -m benchmarks.scoring
	@$(BIN)/python -m benchmarks.stored_scores --corrections 200
	@$(BIN)/python -m benchmarks.trends --batches 50

# TRAIN takes options: make train-separation TRAIN="--device cuda". State and logs are in .training/ (docs/synthetic.md).
TRAIN ?=
train-%: $(READY)
	@nice -n 10 $(BIN)/python -m models.offline.training $* $(TRAIN)

ship-%: $(READY)
	@$(BIN)/python -m models.offline.training $* --ship

clean:
	rm -rf $(VENV) $(LABEL_STUDIO) prelabel-out
