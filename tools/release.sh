#!/usr/bin/env bash
# Makes the files of a release out of what is committed: in dist/ the source archive, the wheel that is built from it,
# and their SHA256SUMS. Then the wheel is installed in a fresh place and run on the shipped clip, outside the checkout.
# The active environment needs the package build.
#
#     tools/release.sh [--no-try]
set -euo pipefail
cd "$(dirname "$0")/.."

if git rev-parse --git-dir >/dev/null 2>&1; then # not so in an unpacked source archive
    if [ -n "$(git status --porcelain)" ]; then
        echo "error: a release is made of what is committed; commit or stash first: git status" >&2
        exit 2
    fi
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) # the same commit gives the same files
    export SOURCE_DATE_EPOCH
fi
rm -f dist/vision_app-* dist/SHA256SUMS
python -m build --outdir dist .
(cd dist && python - vision_app-*) <<'PYTHON'
import hashlib, pathlib, sys
lines = [f"{hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(sys.argv[1:])]
pathlib.Path("SHA256SUMS").write_text("".join(lines), encoding="ascii")
PYTHON

if [ "${1:-}" != "--no-try" ]; then
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    wheel=$(echo "$PWD"/dist/vision_app-*.whl)
    python -m venv "$place/venv"
    "$place/venv/bin/pip" install --quiet --disable-pip-version-check "vision-app[cpu] @ file://$wheel"
    (cd "$place" && venv/bin/vision-app --source demo --max-frames 5 --no-save)
fi
cat dist/SHA256SUMS
