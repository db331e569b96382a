#!/usr/bin/env bash
# The whole test run. Nothing is left behind; the last line is the verdict.
#
#   packages   root only: apt-get what is missing
#      |
#   build ── gofmt ── vet ── staticcheck             one check each
#      |
#   test       unit, conformance, integration        ─┐
#   dpdk       devices, libOS and programs over DPDK  │
#   race       the same, shorter, under -race         │  go test -json
#   catdebug   libos under -tags catdebug             ├──────────────> hack/counts
#   fuzz       every Fuzz function, FUZZTIME inputs  ─┘                    |
#   redis        Redis's own suite, kernel sockets    ─┐                   |
#   redis-afxdp  the same over AF_XDP; root only      ─┴─ redis-suite.sh ──┤
#                                                        N passed, N failed, N skipped
#
# A step that fails is recorded and the rest still runs. Each step has a bound, and all of them together have LIMIT.
# Packages are tested one at a time: tests that measure a core or own a network stay out of each other's way.
set -euo pipefail

steps_known="build gofmt vet staticcheck test dpdk race catdebug fuzz redis redis-afxdp"
usage() {
	cat <<END
usage: hack/test.sh [STEP...]
  STEP   one of: $steps_known (default: all, in this order)
environment:
  CATAMARAN_REQUIRE=all   a skipped test is a failure
  FUZZTIME=30000x         how long each fuzz function runs: inputs, or a time such as 1m
  LIMIT=3600              seconds for the whole run
END
}

for arg in "$@"; do
	case $arg in
	-h | --help) usage; exit 0 ;;
	esac
	case " $steps_known " in
	*" $arg "*) ;;
	*) echo "test.sh: unknown step '$arg'" >&2; usage >&2; exit 2 ;;
	esac
done
wanted=("$@")
[ $# -gt 0 ] || read -ra wanted <<<"$steps_known"

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# A count, since a run that is bounded by time may fail with "context deadline exceeded" at its end (golang/go issue 75804).
FUZZTIME=${FUZZTIME:-30000x}
LIMIT=${LIMIT:-3600}
[[ $LIMIT =~ ^[1-9][0-9]*$ ]] || { echo "test.sh: LIMIT is '$LIMIT'; write it as seconds, such as 3600" >&2; exit 2; }
export CGO_ENABLED=0
tmp=$(mktemp -d)
chmod 755 "$tmp" # some tests run a program without privileges
export TMPDIR=$tmp # what an interrupted go leaves is removed too
child=
# timeout passes a TERM on to everything that it started.
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

# bounded SECONDS CMD...: runs CMD for at most SECONDS, and at most what is left of LIMIT.
bounded() {
	local secs=$1 left=$((LIMIT - SECONDS)) status=0
	shift
	[ "$left" -gt 0 ] || { echo "no time left: the run's limit is ${LIMIT}s"; return 124; }
	[ "$secs" -lt "$left" ] || secs=$left
	timeout -k 10 "$secs" "$@" &
	child=$!
	wait "$child" || status=$?
	child=
	[ "$status" -ne 124 ] || echo "ended after ${secs}s"
	return "$status"
}

# dpdk_packages names what the step dpdk needs, if it is wanted.
dpdk_packages() {
	case " ${wanted[*]} " in
	*" dpdk "*) echo dpdk dpdk-dev libdpdk-dev pkg-config gcc ;;
	esac
}

packages() {
	[ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 0
	local p missing=()
	for p in iproute2 iputils-ping socat netcat-openbsd tcpdump gcc libc6-dev redis-server redis-tools tcl $(dpdk_packages); do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "installing ${missing[*]}"
	bounded 240 apt-get -o DPkg::Lock::Timeout=300 -qq update || return
	bounded 240 env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq install --no-install-recommends -y "${missing[@]}"
}

# each SECONDS CMD...: runs CMD in this module, and in the one of the benchmarks, which users of this one do not get.
each() {
	local secs=$1 status=0
	shift
	bounded "$secs" "$@" || status=$?
	bounded "$secs" env -C hack/bench "$@" || status=$?
	return "$status"
}

do_build() { each 300 go build ./...; }
do_gofmt() {
	local bad
	bad=$(gofmt -l .) || return
	[ -z "$bad" ] || { echo "not formatted:"; echo "$bad"; return 1; }
}
do_vet() { each 300 go vet ./...; }
do_staticcheck() {
	local staticcheck
	staticcheck=$(go tool -n staticcheck) || return
	each 300 "$staticcheck" ./...
}
do_test() { each 900 go test -p 1 -count=1 -timeout 14m -json ./...; }
# What the tag changes; the tests of the rest are those of the step test.
do_dpdk() {
	local -x CGO_ENABLED=1
	local staticcheck status=0
	pkg-config --exists libdpdk || { echo "install libdpdk-dev and pkg-config"; return 1; }
	staticcheck=$(go tool -n staticcheck) || return
	bounded 240 go build -tags dpdk ./... || return
	bounded 120 go vet -tags dpdk ./link/dpdk/... ./api/... ./cmd/... ./integration || return
	bounded 120 "$staticcheck" -tags dpdk ./link/dpdk/... ./api/... ./cmd/... ./integration || return
	bounded 120 go test -tags dpdk -p 1 -count=1 -timeout 110s -json ./link/dpdk || status=$?
	bounded 240 go test -tags dpdk -p 1 -count=1 -timeout 230s -run DPDK -json ./integration || status=$?
	return "$status"
}
do_race() {
	# -p bounds the compiler too, so compile first.
	CGO_ENABLED=1 bounded 300 go build -race ./... || return
	CGO_ENABLED=1 bounded 1500 go test -race -short -p 1 -count=1 -timeout 14m -json ./...
}
do_catdebug() { bounded 300 go test -short -tags catdebug -p 1 -count=1 -timeout 4m -json ./libos/...; }
do_fuzz() {
	local status=0 pkg f
	go list ./... >"$tmp/pkgs" || return
	while read -r pkg; do
		# Only packages that have one are compiled.
		grep -qs '^func Fuzz' "$(go list -f '{{.Dir}}' "$pkg")"/*_test.go || continue
		bounded 120 go test -list '^Fuzz' "$pkg" >"$tmp/list" || { cat "$tmp/list"; status=1; continue; }
		while read -r f; do
			bounded 300 go test -run '^$' -fuzz "^$f\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 100x -parallel 2 -json "$pkg" || status=1
		done < <(grep '^Fuzz' "$tmp/list")
	done <"$tmp/pkgs"
	return "$status"
}

do_redis() { bounded 400 hack/redis-suite.sh --limit 390; }
do_redis-afxdp() { bounded 400 hack/redis-suite.sh --libos afxdp --limit 390; }

# step NAME KIND: runs do_NAME and records how it ended.
step() {
	local name=$1 kind=$2 from=$SECONDS status=0
	printf '== %s\n' "$name"
	"do_$name" >"$tmp/$name.out" 2>&1 || status=$?
	printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$kind" "$status" $((SECONDS - from)) "$tmp/$name.out" >>"$tmp/steps"
}

: >"$tmp/steps"
if ! packages; then
	echo "install Debian packages: see above" >"$tmp/packages.out"
	printf 'packages\tcheck\t1\t%s\t%s\n' "$SECONDS" "$tmp/packages.out" >>"$tmp/steps"
fi
for s in "${wanted[@]}"; do
	case $s in
	test | dpdk | race | catdebug | fuzz) step "$s" test ;;
	redis) step "$s" suite ;;
	redis-afxdp)
		if [ "$(id -u)" -eq 0 ]; then
			step "$s" suite
		else
			echo "== redis-afxdp: left out: it makes network namespaces, which needs root"
		fi
		;;
	*) step "$s" check ;;
	esac
done
if ! go build -o "$tmp/counts" ./hack/counts; then
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
"$tmp/counts" "$tmp/steps"
