#!/usr/bin/env bash
# Hugepages for DPDK, taken from the machine and given back.
#
#   up 512     /proc/sys/vm/nr_hugepages   N ──> N + 256 of 2 MiB
#              /dev/hugepages              ──> hugetlbfs, unless one is mounted there
#              $STATE                      what was added
#   down       takes away what was added, pages that are in use excepted, and the mount
#
# See Documentation/admin-guide/mm/hugetlbpage.rst of Linux. Pages that come late find memory in pieces: `up` says how many it got.
set -euo pipefail

STATE=${CATAMARAN_HUGEPAGES_STATE:-/run/catamaran-hugepages}
MOUNT=${CATAMARAN_HUGEPAGES_MOUNT:-/dev/hugepages}
NR=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
FREE=/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages

usage() {
	cat <<END
usage: hack/hugepages.sh up [MIB] | down | status
  up       add MIB mebibytes of hugepages of 2 MiB (default: 512), and mount $MOUNT
  down     take away what up added
  status   say how many there are, and how many are free
environment: CATAMARAN_HUGEPAGES_MOUNT, CATAMARAN_HUGEPAGES_STATE: other places for the mount and for what up noted
END
}
die() { echo "hugepages.sh: $*" >&2; exit 1; }
bad() { echo "hugepages.sh: $*" >&2; usage >&2; exit 2; }
root() {
	[ "$(id -u)" -eq 0 ] || die "$1 needs root: run it with sudo"
	[ -e "$NR" ] || die "this kernel has no hugepages of 2 MiB"
}
mounted() { grep -q " $MOUNT hugetlbfs " /proc/self/mounts; }

status() {
	[ -e "$NR" ] || die "this kernel has no hugepages of 2 MiB"
	echo "$(($(<"$NR") * 2)) MiB in hugepages, $(($(<"$FREE") * 2)) MiB free; $MOUNT is $(mounted || printf 'not ')mounted"
}

# undo takes away what up has added until it failed or a signal came.
undo() {
	local added
	trap '' INT TERM HUP
	added=$(($(<"$NR") - before))
	echo "pages $((added > 0 ? added : 0))" >"$STATE"
	[ -z "$mount" ] || echo "mount $mount" >>"$STATE"
	down >/dev/null
}

up() {
	local mib=$1 after
	[[ $mib =~ ^[1-9][0-9]*$ ]] && [ "$mib" -le 1048576 ] || bad "'$mib' is not a number of mebibytes"
	root up
	[ ! -e "$STATE" ] || die "up was run already ($(tr '\n' ' ' <"$STATE")): use what there is, or run 'hack/hugepages.sh down' first"
	before=$(<"$NR") mount=
	trap undo EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	echo "pages 0" >"$STATE"
	echo $((before + (mib + 1) / 2)) >"$NR"
	after=$(<"$NR")
	echo "pages $((after - before))" >"$STATE"
	[ $((after - before)) -eq $(((mib + 1) / 2)) ] ||
		die "the kernel found $(((after - before) * 2)) of $mib MiB: ask for less, free memory, or do it early after boot"
	if ! mounted; then
		mount=yes
		[ -d "$MOUNT" ] || { mount=made; mkdir -p "$MOUNT"; }
		echo "mount $mount" >>"$STATE"
		mount -t hugetlbfs nodev "$MOUNT"
	fi
	trap - EXIT
	status
}

down() {
	local key value now pages=0
	root down
	[ -e "$STATE" ] || { echo "nothing to take away: up was not run"; return 0; }
	while read -r key value; do
		case $key in
		pages) pages=$value ;;
		mount)
			if mounted; then
				umount "$MOUNT" || die "somebody uses $MOUNT: end what has files there (fuser -m $MOUNT), and run down again"
			fi
			[ "$value" != made ] || [ ! -d "$MOUNT" ] || rmdir "$MOUNT"
			;;
		esac
	done <"$STATE"
	trap '' INT TERM HUP # or a second down would take as many again
	now=$(<"$NR")
	echo $((now > pages ? now - pages : 0)) >"$NR"
	rm -f "$STATE"
	status
}

[ $# -gt 0 ] || bad "say what to do"
case $1 in
-h | --help) usage ;;
up) [ $# -le 2 ] || bad "up takes one argument"; up "${2:-512}" ;;
down) [ $# -eq 1 ] || bad "down takes no argument"; down ;;
status) [ $# -eq 1 ] || bad "status takes no argument"; status ;;
*) bad "unknown command '$1'" ;;
esac
