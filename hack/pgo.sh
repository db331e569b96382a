#!/usr/bin/env bash
# Renews cmd/echo/default.pgo, the profile that go build optimises cmd/echo by (profile-guided optimisation, go.dev/doc/pgo).
#
#   server ──── load ──── client        over AF_XDP on a veth, and over kernel sockets
#     └── --cpuprofile ──────┴──────>  merged, local paths removed  ──>  cmd/echo/default.pgo
#
# The program that is profiled is built without a profile, so that a renewal does not depend on the one before. Renew it when
# the data path has changed, on a machine that does nothing else. The namespaces have no names: whatever happens, they are
# gone with the processes in them. A build that finds the profile compiles all packages that echo needs once more for it.
set -euo pipefail

usage() {
	cat <<END
usage: hack/pgo.sh [--duration D]
  --duration D   of each of the six loads (3s)
Needs root and Go.
END
}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
case ${1:-} in
-h | --help) usage; exit 0 ;;
"" | --duration) ;;
*) echo "pgo.sh: unknown argument '$1'" >&2; usage >&2; exit 2 ;;
esac
[ $# -le 2 ] || { echo "pgo.sh: unknown argument '$3'" >&2; usage >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "pgo.sh: it makes network namespaces and XDP programs: run it as root" >&2; exit 1; }
command -v go >/dev/null || { echo "pgo.sh: go is missing: install Go 1.26.3 or newer" >&2; exit 1; }

export CGO_ENABLED=0
tmp=$(mktemp -d)
child=
# bench removes what it made when it gets a TERM.
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

go build -trimpath -pgo=off -o "$tmp/echo" ./cmd/echo
go -C hack/bench build -o "$tmp/bench" .
status=0
TMPDIR=$tmp "$tmp/bench" profile --echo "$tmp/echo" --out "$tmp/default.pgo" "$@" &
child=$!
wait "$child" || status=$?
child=
[ "$status" -eq 0 ] || exit "$status"
go build -trimpath -pgo="$tmp/default.pgo" -o "$tmp/optimised" ./cmd/echo # the compiler takes it
mv "$tmp/default.pgo" cmd/echo/default.pgo
ls -l cmd/echo/default.pgo
