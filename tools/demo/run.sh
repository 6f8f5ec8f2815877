#!/usr/bin/env bash
# ./dev run: the product with a data directory of its own and the simulated office sending to it. SECONDS=0 runs until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-0}
portolan=artifacts/portolan/portolan
sim=artifacts/bin/Portolan.Sim/release/portolan-sim
data=${PORTOLAN_DEMO_DATA:-.cache/demo}
offset=${PORTOLAN_DEMO_OFFSET:-10000}
mkdir -p "$data"
"$portolan" serve --data "$data" --port-offset "$offset" --set contract.file=tools/demo/contract.yml --set networks.file=tools/demo/networks.yml &
server=$!
trap 'kill "${feed:-}" 2>/dev/null || true; kill -TERM $server 2>/dev/null || true; wait $server 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  [ -e "$data/run/endpoints.json" ] && break
  kill -0 $server 2>/dev/null || { wait $server; exit $?; }
  sleep 0.1
done
[ -e "$data/run/endpoints.json" ] || { echo "dev run: the server did not start within 10 s" >&2; exit 1; }
"$sim" send --to "127.0.0.1:$((offset + 514))" --transport tcp --rate "${PORTOLAN_DEMO_RATE:-200}" --seconds "$seconds" &
feed=$!
cat <<TXT

The simulated office sends 200 events a second to port $((offset + 514)). In another terminal:

  cd $(pwd)
  $portolan search --data $data "SELECT LOGSOURCETYPENAME(devicetype) AS type, COUNT(*) AS events FROM events GROUP BY type ORDER BY events DESC LAST 5 MINUTES"
  $portolan search --data $data "SELECT sourceip, username, QIDNAME(qid) AS event FROM events WHERE username IS NOT NULL LIMIT 10 LAST 5 MINUTES"
  $portolan tail --data $data "severity >= 5"

Ctrl-C stops both. The data stays in $data.
TXT
sleep 3
"$portolan" search --data "$data" "SELECT LOGSOURCETYPENAME(devicetype) AS type, COUNT(*) AS events FROM events GROUP BY type ORDER BY events DESC LAST 5 MINUTES"
wait "$feed"
