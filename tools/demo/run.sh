#!/usr/bin/env bash
# ./dev run: the product with six hours of the simulated office behind it, the office sending on, and what happens there in the first minute.
# SECONDS=0 runs until Ctrl-C. PORTOLAN_DEMO_DATA is a data directory that is kept, PORTOLAN_DEMO_OFFSET shifts the ports, PORTOLAN_DEMO_RATE is the events
# a second of the busiest hour.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-0}
portolan=artifacts/portolan/portolan
sim=artifacts/bin/Portolan.Sim/release/portolan-sim
data=${PORTOLAN_DEMO_DATA:-.cache/demo}
offset=${PORTOLAN_DEMO_OFFSET:-10000}
rate=${PORTOLAN_DEMO_RATE:-20}
mkdir -p .cache
exec 9>".cache/demo-$offset.lock"
flock -n 9 || { echo "dev run: one is running already; end it first, or give this one ports of its own: PORTOLAN_DEMO_OFFSET=20000 PORTOLAN_DEMO_DATA=.cache/other ./dev run" >&2; exit 1; }
# The demo begins anew each time; a directory that somebody named is theirs.
if [ -z "${PORTOLAN_DEMO_DATA:-}" ]; then rm -rf "$data"; fi
fresh=yes
if [ -e "$data/journal" ]; then fresh=no; fi
mkdir -p "$data"
rm -f "$data/run/endpoints.json"
"$portolan" serve --data "$data" --port-offset "$offset" --set contract.file=tools/demo/contract.yml --set networks.file=tools/demo/networks.yml &
server=$!
history="$data/history.log"
trap 'kill "${feed:-}" 2>/dev/null || true; kill -TERM $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -f "$history"' EXIT
for _ in $(seq 300); do
  [ -e "$data/run/endpoints.json" ] && break
  kill -0 $server 2>/dev/null || { wait $server; exit $?; }
  sleep 0.1
done
[ -e "$data/run/endpoints.json" ] || { echo "dev run: the server did not start within 30 s" >&2; exit 1; }

# The office sends on from this second, while what came before it is imported.
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
started=$SECONDS
"$sim" live --to "127.0.0.1:$((offset + 514))" --now "$now" --rate "$rate" --seconds "$seconds" &
feed=$!
if [ $fresh = yes ]; then
  echo "six hours of history …"
  "$sim" history "$history" --now "$now" --rate "$rate"
  "$portolan" import --data "$data" "$history"
  rm -f "$history"
else
  echo "$data holds an earlier run: no history is imported"
fi

searches=(
  "SELECT sourceip, COUNT(*) AS failures, UNIQUECOUNT(username) AS accounts FROM events WHERE QIDNAME(qid) = 'AAA authentication rejected' GROUP BY sourceip ORDER BY failures DESC LIMIT 3 LAST 6 HOURS"
  "SELECT starttime, username, sourceip, identityip FROM events WHERE sourceip = '198.51.100.23' AND QIDNAME(qid) = 'Address assigned to VPN session' LAST 6 HOURS"
  "SELECT starttime, sourceip, sourceuser, destinationip, destinationport, contractverdict FROM events WHERE contractverdict = 'not permitted' ORDER BY starttime LAST 6 HOURS"
)
console=$(sed -nE 's/.*"id":"https"[^}]*"port":([0-9]+).*/https:\/\/localhost:\1\//p' "$data/run/endpoints.json")
echo
if [ -n "$console" ]; then echo "The console: $console   name: admin   password: cat $data/admin-secret"; fi
cat <<TXT
The simulated office sends to port $((offset + 514)). Within a minute somebody tries one password on every account of its VPN, one fits, and with it they reach
the payroll server, which the firewall lets them and the contract does not. In another terminal:

  cd $(pwd)
  $portolan search --data $data "${searches[0]}"
  $portolan search --data $data "${searches[1]}"
  $portolan search --data $data "${searches[2]}"
  $portolan who --data $data 10.30.0.66
  $portolan tail --data $data "severity >= 4"

Ctrl-C stops both. The data stays in $data until the next ./dev run.
TXT
# What the searches find once it has happened.
if [ "$seconds" -eq 0 ] || [ "$seconds" -gt 60 ]; then
  sleep $((SECONDS - started < 58 ? 58 - SECONDS + started : 1))
  for aql in "${searches[@]}"; do
    printf '\n%s\n' "$aql"
    "$portolan" search --data "$data" "$aql"
  done
fi
wait "$feed"
