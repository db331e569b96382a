#!/usr/bin/env bash
# Two hosts on one machine, joined by a cable: the lab to try things in.
#
#        namespace cata-a                       namespace cata-b
#   +-------------------------+            +-------------------------+
#   |  kernel  10.99.0.1/24   |            |  kernel  10.99.0.2/24   |
#   |          fd99::1/64     |            |          fd99::2/64     |
#   |  libOS   10.99.0.11     |            |  libOS   10.99.0.12     |
#   |          fd99::11       |            |          fd99::12       |
#   |                  [veth0]+------------+[veth0]                  |
#   +-------------------------+            +-------------------------+
#
# The veth is as `ip link add` makes it: its offloads are untouched. The libOS addresses are set nowhere here: a service
# brings its own (--dev veth0 --ip 10.99.0.11/24), and the kernel must not have them.
set -euo pipefail

A=${CATAMARAN_NS_A:-cata-a}
B=${CATAMARAN_NS_B:-cata-b}
DEV=veth0

usage() {
	cat <<END
usage: hack/veth.sh up | down | status | exec HOST CMD [ARG...]
  up       make the namespaces $A and $B and the veth between them
  down     remove them
  status   say whether they are there, and their addresses
  exec     run CMD on HOST: a, b, $A or $B
environment: CATAMARAN_NS_A, CATAMARAN_NS_B: names of the namespaces
END
}
die() { echo "veth.sh: $*" >&2; exit 1; }
bad() { echo "veth.sh: $*" >&2; usage >&2; exit 2; }
there() { [ -e "/run/netns/$1" ]; }
# root: asked for only where it is needed, so that usage errors come first.
root() {
	[ "$(id -u)" -eq 0 ] || die "$1 needs root: run it with sudo"
	command -v ip >/dev/null || die "ip is missing: apt-get install iproute2"
}

made=()
undo() {
	local ns
	trap '' INT TERM HUP
	for ns in "${made[@]}"; do
		! there "$ns" || ip netns del "$ns" || true
	done
}

up() {
	local ns
	root up
	[ "$A" != "$B" ] || die "both namespaces are named $A: set CATAMARAN_NS_A or CATAMARAN_NS_B"
	for ns in "$A" "$B"; do
		! there "$ns" || die "namespace $ns exists already: use it, or run 'hack/veth.sh down' first"
	done
	trap undo EXIT # half a lab is removed
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	for ns in "$A" "$B"; do
		made+=("$ns") # first, since a signal may come as soon as it is there
		ip netns add "$ns" || not_made $?
		ip -n "$ns" link set lo up
	done
	ip link add "$DEV" netns "$A" type veth peer name "$DEV" netns "$B"
	host "$A" 1
	host "$B" 2
	carrier "$A"
	carrier "$B"
	trap '' INT TERM HUP # it is whole
	made=()
	echo "up: $A 10.99.0.1 fd99::1, $B 10.99.0.2 fd99::2, device $DEV in both"
}

# not_made STATUS: the last namespace is another's unless a signal ended ip.
not_made() {
	[ "$1" -gt 128 ] || unset 'made[-1]'
	exit "$1"
}

# host NS N: gives host number N its addresses. nodad: usable at once.
host() {
	ip -n "$1" addr add "10.99.0.$2/24" dev "$DEV"
	ip -n "$1" addr add "fd99::$2/64" dev "$DEV" nodad
	ip -n "$1" link set "$DEV" up
}

# carrier NS: waits until the device is up; the other end's first packet would be lost before that.
carrier() {
	local end=$((SECONDS + 5))
	until [[ $(ip -n "$1" -o link show "$DEV") == *'state UP'* ]]; do
		[ "$SECONDS" -lt "$end" ] || die "$DEV in $1 does not come up"
	done
}

down() {
	local ns gone=
	root down
	for ns in "$A" "$B"; do
		there "$ns" || continue
		# Deleting a namespace that processes still use only hides it, so the veth goes first.
		! ip -n "$ns" link show "$DEV" >/dev/null 2>&1 || ip -n "$ns" link del "$DEV"
		ip netns del "$ns"
		gone+=" $ns"
	done
	if [ -n "$gone" ]; then echo "down: removed$gone"; else echo "down: nothing to remove"; fi
}

status() {
	local ns
	for ns in "$A" "$B"; do
		there "$ns" || { echo "$ns: absent"; continue; }
		echo "$ns: present"
		[ "$(id -u)" -ne 0 ] || ip -n "$ns" -brief addr show
	done
}

run() {
	local ns=$1
	shift
	case $ns in
	a) ns=$A ;;
	b) ns=$B ;;
	"$A" | "$B") ;;
	*) bad "unknown host '$ns'" ;;
	esac
	root exec
	there "$ns" || die "namespace $ns does not exist: run 'hack/veth.sh up' first"
	exec ip netns exec "$ns" "$@"
}

[ $# -gt 0 ] || bad "no command"
cmd=$1
shift
case $cmd in
-h | --help) usage ;;
up | down | status)
	[ $# -eq 0 ] || bad "$cmd takes no argument"
	"$cmd"
	;;
exec)
	[ $# -ge 2 ] || bad "exec needs a host and a command"
	run "$@"
	;;
*) bad "unknown command '$cmd'" ;;
esac
