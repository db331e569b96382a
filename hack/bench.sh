#!/usr/bin/env bash
# Ours and its peers, interleaved, on two hosts joined by a cable. The last lines are Markdown tables.
#
#        client, core 1                           server, core 0
#   +-------------------------+            +-------------------------+
#   |  kernel  10.99.0.1      |            |  kernel  10.99.0.2      |
#   |  stack   10.99.0.11     |            |  stack   10.99.0.12     |
#   |                  [veth0]+------------+[veth0]                  |
#   +-------------------------+            +-------------------------+
#
#   round 0:  Catamaran   Go net   spinning kernel   gVisor ...     a turn each, with namespaces of its own
#   round 1:  Catamaran   Go net   spinning kernel   gVisor ...     ratios are formed within a round
#
# Suite dpdk joins the two by shared memory instead, in ports of memif and vhost, with hugepages that are reserved for the run:
#
#   [echo, DPDK's EAL] memif client +--- rings in memory ---+ memif server [echo, DPDK's EAL]
#
# "one core" pins both ends to core 0. A turn in which other processes used more than a few percent of the machine is
# thrown away. The namespaces have no names: whatever happens, they are gone with the processes in them.
set -euo pipefail

usage() {
	cat <<END
usage: hack/bench.sh [FLAG...] [SUITE...]
  SUITE   echo-latency, echo-throughput, bulk, connect-rate, connections, memory-queue, idle, open-loop,
          loss, kv, dpdk (default: all). A case of the last two can be run alone: kv/set, kv/get, kv/set-p16, kv/get-p16,
          kv/afxdp-set, kv/afxdp-get, kv/ours-set, kv/ours-get, kv/keys, kv/memory, kv/open-loop; dpdk/raw, dpdk/echo,
          dpdk/echo-64, dpdk/bulk; for a quick look
          hack/bench.sh --rounds 1 --duration 500ms --other 100 kv/get
  --rounds N        turns of each peer that count (5)
  --duration D      of a turn (2s)
  --other PERCENT   throw away turns in which others used more of the processors (5)
  --limit D         of the whole run (1h)
  --peer WORD       only peers with WORD in their name, and ours; repeatable
  --keys N          kv: keys in the cases keys and memory (1000000)
  --kv-idle POLICY  kv: of kvserver (adaptive, spin over AF_XDP)
  --kvserver PATH   kv: instead of this tree's cmd/kvserver
  --list            print the suites that would be run, and end
  --json FILE       write every turn
  --svg DIR         write a plot of each case
  --update          write docs/benchmarks.md and its plots anew, with the suites of this run alone, or docs/benchmarks-kv.md if
                    they are of kv alone, or docs/benchmarks-dpdk.md if of dpdk alone
Needs root and Go. sockperf, iperf3 and ethtool add rows; in kv, the Debian packages redis-server and redis-tools
(redis-benchmark) do. dpdk needs the packages dpdk, dpdk-dev, libdpdk-dev, pkg-config and gcc; without them it is left out, or fails
if it was named. It reserves 640 MiB of hugepages and gives them back at the end; if there is too little memory it goes without.
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
args=()
for arg in "$@"; do
	case $arg in
	-h | --help) usage; exit 0 ;;
	--update) args+=(--update "$root/docs/benchmarks.md") ;;
	*) args+=("$arg") ;;
	esac
done
[ "$(id -u)" -eq 0 ] || { echo "bench.sh: it makes network namespaces and XDP programs: run it as root" >&2; exit 1; }
command -v go >/dev/null || { echo "bench.sh: go is missing: install Go 1.26.3 or newer" >&2; exit 1; }

export CGO_ENABLED=0
tmp=$(mktemp -d)
child=
# bench removes what it made when it gets a TERM. Hugepages are given back even if it is killed (bench/lab/hugepages.go).
cleanup() {
	if [ -n "$child" ]; then
		kill -TERM "$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
	fi
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

go -C "$root/hack/bench" build -o "$tmp/bench" .
suites=$("$tmp/bench" run --list "${args[@]}")
for arg in "${args[@]}"; do
	[ "$arg" != --list ] || { echo "$suites"; exit 0; }
done
go -C "$root" build -o "$tmp/" ./cmd/...

# build_dpdk builds what runs over DPDK, into a directory of its own: the other suites are measured without cgo.
build_dpdk() {
	local flags
	read -ra flags <<<"$(pkg-config --cflags --libs libdpdk)"
	mkdir "$tmp/dpdk"
	CGO_ENABLED=1 go -C "$root" build -tags dpdk -o "$tmp/dpdk/" ./cmd/echo
	CGO_ENABLED=1 go -C "$root/hack/bench" build -tags dpdk -o "$tmp/dpdk/bench" .
	gcc -O3 -march=native -Wall -Werror -o "$tmp/dpdk/pingpong" "$root/hack/bench/raw/pingpong.c" "${flags[@]}"
}

programs=(--echo "$tmp/echo" --kvserver "$tmp/kvserver")
if grep -qx dpdk <<<"$suites" && command -v gcc >/dev/null && command -v pkg-config >/dev/null && pkg-config --exists libdpdk; then
	build_dpdk
	programs+=(--dpdk "$tmp/dpdk")
fi
status=0
TMPDIR=$tmp "$tmp/bench" run "${programs[@]}" "${args[@]}" &
child=$!
wait "$child" || status=$?
child=
exit "$status"
