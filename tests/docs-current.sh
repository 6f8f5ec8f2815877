#!/usr/bin/env bash
# Compares the generated parts of docs/ with what the built program says; --write writes them anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for program in artifacts/bin/Portolan/release/portolan artifacts/portolan/portolan ""; do
  if [ -x "$program" ]; then break; fi
done
[ -n "$program" ] || { echo "docs-current: the program is not built: ./dev build" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in configuration fields cli; do "$program" reference $name > "$work/$name.md"; done

# The rest of this document is written by hand: only what stands between its marks is generated.
"$program" reference aql > "$work/tables"
awk -v tables="$work/tables" '
  /^<!-- end -->$/ { inside = 0; ends++ }
  !inside { print }
  /^<!-- generated: / { inside = 1; while ((getline line < tables) > 0) print line }
  END { if (ends != 1) { print "docs-current: docs/aql.md has lost its marks" > "/dev/stderr"; exit 1 } }
' docs/aql.md > "$work/aql.md"

stale=0
for name in configuration aql fields cli; do
  if cmp -s "$work/$name.md" "docs/$name.md"; then continue; fi
  if [ "${1:-}" = --write ]; then
    cp "$work/$name.md" "docs/$name.md"
    echo "wrote docs/$name.md"
  else
    echo "docs-current: docs/$name.md is stale: ./dev docs writes it anew" >&2
    diff -u "docs/$name.md" "$work/$name.md" 2>&1 | head -n 20 >&2 || true
    stale=1
  fi
done
exit $stale
