#!/usr/bin/env bash
# Measures the product side by side with rsyslog and syslog-ng (see bench/README.md). Wants artifacts/portolan and .cache/peers: `./dev bench` makes both.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for project in tools/Portolan.Sim/Portolan.Sim.csproj bench/Portolan.Bench/Portolan.Bench.csproj; do
  dotnet build "$project" -c Release -v quiet
done
exec artifacts/bin/Portolan.Bench/release/portolan-bench "$@"
