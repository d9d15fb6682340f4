#!/usr/bin/env bash
# All checks in one command: format, lint, types, tests. Runs in the active environment, which needs the
# extras cpu, test and dev; with export the tests of parity run too.
#
#     tools/check.sh [arguments for pytest]
set -euo pipefail
cd "$(dirname "$0")/.."

ruff format --check .
ruff check .
mypy
pytest "$@"
