#!/usr/bin/env bash
# Writes requirements/locked.txt and requirements/lowest.txt anew from pyproject.toml; needs uv (pip install uv).
# tests/unit/test_locked_versions.py says when it has to be run.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() {
    local target=$1 title=$2
    shift 2
    { printf '# %s\n# Made by tools/lock.sh; do not edit by hand.\n' "$title"
      uv pip compile -q --python-version 3.11 --no-header --no-emit-index-url --no-annotate \
          --extra cpu --extra gui --extra test "$@" pyproject.toml; } >"$target.new"
    mv "$target.new" "$target"
}

compile requirements/locked.txt "Every package with its hash, for all systems: the highest versions that are tested. \
pip install --require-hashes -r requirements/locked.txt" --universal --generate-hashes --extra plot --extra dev
compile requirements/lowest.txt "The lowest versions that pyproject.toml declares, tested by .ci/run. \
What they need in turn is the newest that fits." --resolution lowest-direct
