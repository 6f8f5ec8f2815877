#!/usr/bin/env bash
# The fuzzer proves itself: built with one length check of the JSON reader compiled out (PLANTED_BUG), it must find that.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build tests/Portolan.Fuzz/Portolan.Fuzz.csproj -c Release -v quiet -p:PlantedBug=true -p:RunAnalyzers=false \
  --artifacts-path "$work/artifacts" >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; exit 2; }

code=0
"$work/artifacts/bin/Portolan.Fuzz/release/Portolan.Fuzz" --target json --seed 1 --seconds 10 --findings "$work/findings" \
  >"$work/fuzz.log" 2>&1 || code=$?
if [ $code -ne 1 ] || ! grep -q '^finding json-' "$work/fuzz.log"; then
  echo "planted-bug: the fuzzer did not find the bug planted in the JSON reader (exit $code)" >&2
  tail -n 20 "$work/fuzz.log" >&2
  exit 1
fi
echo "found: $(grep -m 1 '^finding json-' "$work/fuzz.log")"
