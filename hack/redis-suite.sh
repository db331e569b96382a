#!/usr/bin/env bash
# Redis's own test suite, version 7.0.15, against cmd/kvserver. Nothing of the suite is in this repository.
#
#   Debian's source package ──> redis_7.0.15.orig.tar.gz, in the user's cache ──> tests/, unpacked anew
#
#        suite (Tcl)                              kvserver, new for each run
#   +-------------------------+            +-------------------------------+
#   |  127.0.0.1              |------------|  --libos kernel  127.0.0.1    |
#   +-------------------------+            +-------------------------------+
#   |  kernel  10.99.0.1 [veth0]----------[veth0]  --libos afxdp  10.99.0.12
#   +-------------------------+            +-------------------------------+
#     namespace of its own                   namespace of its own
#
#   what it said ──> hack/redis-suite ──> N passed, N failed
#                      passing.txt     what passes, pinned: it must pass again
#                      reference.txt   what redis-server passes: it passes, or is left out
#                      skip.txt        what is left out, and why
#
# The units of the core share one server, protocol first, as string leaves limits behind that protocol trips over. The others
# have a server each. A run that hangs is ended, and the test that was running is named. Several runs may go on at once.
set -euo pipefail

core="protocol keyspace scan type/string type/incr type/list type/set type/zset type/hash expire multi quit pubsub"
others="sort bitops dump introspection info-command other slowlog lazyfree"
usage() {
	cat <<END
usage: hack/redis-suite.sh [FLAG...] [UNIT...] [-- SERVERFLAG...]
  UNIT               such as type/list (default: $core
                     $others)
  --libos kernel     over the machine's own sockets (default)
  --libos afxdp      over AF_XDP, on a veth between two namespaces; needs root
  --server redis     redis-server itself, with nothing left out, by reference.txt; with --libos afxdp over the veth's kernels, where
                     "CONFIG SET rollback on apply error" fails, as the port that it occupies is the other host's
  --program FILE     a kvserver that is built already
  --fresh            a new server for each unit
  --list             print the names of what passes
  --update           write what passes to the pinned list (with --server redis: to reference.txt)
  --logs DIR         keep what the suite and the server said
  --limit SECONDS    for everything (1200)
  --stall SECONDS    without a test that ends, and the run is ended (60)
It needs Go, tcl, and once Debian's package sources; as root it installs the Debian packages that are missing.
END
}
die() { echo "redis-suite.sh: $*" >&2; exit 1; }
bad() { echo "redis-suite.sh: $*" >&2; usage >&2; exit 2; }

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
libos=kernel server=kvserver program='' fresh='' list='' update='' logs='' limit=1200 stall=60
units=() server_args=()
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage; exit 0 ;;
	--fresh) fresh=yes ;;
	--list) list=-list ;;
	--update) update=-update ;;
	--libos | --server | --program | --logs | --limit | --stall)
		[ $# -ge 2 ] || bad "$1 needs a value"
		declare "${1#--}=$2"
		shift
		;;
	--) shift; server_args=("$@"); break ;;
	-*) bad "unknown flag '$1'" ;;
	*) units+=("${1#unit/}") ;;
	esac
	shift
done
case $libos in kernel | afxdp) ;; *) bad "--libos is '$libos': kernel or afxdp" ;; esac
case $server in kvserver | redis) ;; *) bad "--server is '$server': kvserver or redis" ;; esac
for n in "$limit" "$stall"; do
	[[ $n =~ ^[1-9][0-9]*$ ]] || bad "'$n' is no number of seconds"
done
[ "$server" = kvserver ] || [ -z "$program" ] || bad "--program is for kvserver"
[ -z "$program" ] || program=$(realpath -e -- "$program") || die "--program: no such file"
[ -z "$logs" ] || { mkdir -p -- "$logs" && logs=$(realpath -e -- "$logs"); }
[ "$libos" = kernel ] || [ "$(id -u)" -eq 0 ] || die "--libos afxdp makes network namespaces and XDP programs: run it as root"
[ ${#units[@]} -gt 0 ] || read -ra units <<<"$core $others"

export CGO_ENABLED=0
export LC_ALL=C.UTF-8 TERM=dumb # what Tcl and the server take from the environment
tmp=$(mktemp -d)
chmod 755 "$tmp"
children=() # leaders of process groups
made=''     # the namespaces are there
export CATAMARAN_NS_A=cata-redis-$$-a CATAMARAN_NS_B=cata-redis-$$-b
cleanup() {
	local p
	trap '' INT TERM HUP
	for p in "${children[@]}"; do
		kill -TERM -- "-$p" 2>/dev/null || kill -TERM "$p" 2>/dev/null || true
	done
	for p in "${children[@]}"; do
		wait "$p" 2>/dev/null || true # bounded: each is a timeout -k
		kill -KILL -- "-$p" 2>/dev/null || true
	done
	[ -z "$made" ] || "$here/veth.sh" down >/dev/null || true
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# left MAX: the seconds that a step may take.
left() {
	local n=$((limit - SECONDS))
	[ "$n" -gt 0 ] || n=1
	[ "$n" -lt "$1" ] || n=$1
	echo "$n"
}

# group SECONDS CMD...: starts CMD in a process group of its own, which is $!, for at most SECONDS.
group() {
	local secs=$1
	shift
	setsid timeout -k 5 "$secs" "$@" </dev/null &
	children+=($!)
}

# bounded SECONDS CMD...: runs CMD within the limit, and ends everything that it started.
bounded() {
	local secs=$1 status=0
	shift
	group "$(left "$secs")" "$@"
	wait "${children[-1]}" || status=$?
	kill -KILL -- "-${children[-1]}" 2>/dev/null || true
	unset 'children[-1]'
	return "$status"
}

# packages: installs what is missing.
packages() {
	local missing=()
	command -v tclsh8.6 >/dev/null || command -v tclsh >/dev/null || missing+=(tcl)
	[ "$server" != redis ] || command -v redis-server >/dev/null || missing+=(redis-server)
	[ "$libos" != afxdp ] || command -v ip >/dev/null || missing+=(iproute2)
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
		die "missing: apt-get install ${missing[*]}"
	fi
	echo "installing ${missing[*]}"
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq)
	bounded 240 "${apt[@]}" update >"$tmp/apt.out" 2>&1 || true # what is known already may do
	bounded 400 "${apt[@]}" install --no-install-recommends -y "${missing[@]}" >>"$tmp/apt.out" 2>&1 ||
		{ cat "$tmp/apt.out"; die "install ${missing[*]}: see above"; }
}

# The suite as Debian has it. A fork of it would pass other names.
version=7.0.15
tarball=redis_$version.orig.tar.gz
checksum=4b1dc4ee6d622a09fff9c6777191209750fb5e5a725ef78ea012d6eef4c22982
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/catamaran
intact() { echo "$checksum  $1" | sha256sum --check --status 2>/dev/null; }

# deb_src DIR: the machine's own package sources, as sources of source packages.
deb_src() {
	local f list parts
	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
	for f in "$list" "${parts%/}"/*.list; do
		[ ! -f "$f" ] || sed -nE 's/^[[:space:]]*deb([[:space:]])/deb-src\1/p' "$f" >"$1/$(basename "$f")"
	done
	for f in "${parts%/}"/*.sources; do
		[ ! -f "$f" ] || sed -E 's/^Types:.*/Types: deb-src/I' "$f" >"$1/$(basename "$f")"
	done
}

# fetch: puts the tarball into the cache. The machine's apt keeps its own sources and lists.
fetch() {
	! intact "$cache/$tarball" || return 0
	echo "fetching $tarball into $cache"
	command -v apt-get >/dev/null || die "no apt-get: put Debian's $tarball into $cache"
	local dir=$tmp/apt pkg=''
	mkdir -p "$dir"/{parts,lists/partial,cache/archives/partial,download}
	deb_src "$dir/parts"
	local apt=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$dir/parts" -o "Dir::State::lists=$dir/lists"
		-o "Dir::Cache=$dir/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::Languages=none -q)
	# A source of others that has no source packages, or is down, is no matter: what counts is the download.
	bounded 240 apt-get "${apt[@]}" update >"$tmp/apt.out" 2>&1 || true
	bounded 60 apt-cache "${apt[@]}" showsrc --only-source redis >"$dir/showsrc" 2>>"$tmp/apt.out" || true
	pkg=$(sed -nE "s/^Version: (([0-9]+:)?$version-.*)/\1/p" "$dir/showsrc" | sort -V | tail -n 1)
	[ -n "$pkg" ] || { cat "$tmp/apt.out"; die "no redis $version in the machine's package sources (Debian 12 has it): put its $tarball into $cache"; }
	bounded 240 env -C "$dir/download" apt-get "${apt[@]}" source --download-only "redis=$pkg" >>"$tmp/apt.out" 2>&1 ||
		{ cat "$tmp/apt.out"; die "download the source of redis $pkg: see above"; }
	intact "$dir/download/$tarball" || die "$tarball of redis $pkg is not the expected one"
	local part # renamed when it is whole: another run may fetch too
	part=$(mktemp "$cache/$tarball.XXXXXX")
	cp "$dir/download/$tarball" "$part" && mv "$part" "$cache/$tarball"
}

# ports: takes a range of 64 ports that no other run has, as long as this one lives. base is its middle: the suite's own
# control port is one of the 32 before it, redis-server's one of the 31 after it. base itself is the port that the suite takes
# for free, even if a server listens there on IPv4.
ports() {
	local i lock
	for ((i = 0; i < 150; i++)); do
		base=$((20032 + ($$ + i) % 150 * 64))
		exec {lock}>"$cache/ports.$base.lock"
		! flock -n "$lock" || return 0
		exec {lock}>&-
	done
	die "150 other runs are going on"
}

inside() { :; } # inside a|b: sets prefix to what runs a command on that host
prefix=()
if [ "$libos" = afxdp ]; then
	inside() { prefix=("$here/veth.sh" exec "$1"); }
fi

# start LOG: starts a server, waits until it says that it listens, and sets pid, host and port.
start() {
	local out both line ready='' cmd=()
	inside b
	if [ "$server" = redis ]; then
		host=127.0.0.1
		[ "$libos" = kernel ] || host=10.99.0.2
		cmd=(redis-server --bind "$host" --port "$2" --protected-mode no --save '' --dir "$tmp/work")
	elif [ "$libos" = afxdp ]; then
		cmd=("$program" --libos afxdp --dev veth0 --ip 10.99.0.12/24 --listen 10.99.0.12:6379)
	else
		cmd=("$program" --listen 127.0.0.1:0)
	fi
	rm -f "$tmp/out"
	mkfifo "$tmp/out"
	exec {both}<>"$tmp/out" # opening one end alone would wait for the other
	# The suite is ended first.
	group $((limit + 60)) env -C "$tmp/work" "${prefix[@]}" "${cmd[@]}" "${server_args[@]}" >"$tmp/out" 2>&1
	pid=${children[-1]}
	exec {out}<"$tmp/out" {both}>&-
	while read -r -t 30 -u "$out" line; do
		printf '%s\n' "$line" >>"$1"
		case $line in
		"listening tcp "*) read -r _ _ ready _ <<<"$line" ;;
		*"Ready to accept connections"*) ready=$host:$2 ;;
		esac
		[ -z "$ready" ] || break
	done
	host=${ready%:*} port=${ready##*:}
	if [ -n "$ready" ]; then
		cat <&"$out" >>"$1" & # ends with the server
	fi
	exec {out}<&-
	[ -n "$ready" ] || { stop || true; return 1; }
}

# stop: ends the server and returns its status.
stop() {
	local status=0
	kill -TERM "$pid" 2>/dev/null || true
	wait "$pid" || status=$?
	kill -KILL -- "-$pid" 2>/dev/null || true
	unset 'children[-1]'
	return "$status"
}

# suite N UNIT...: one run: a new server, and the suite. What went wrong with it as a whole is a line of its log.
suite() {
	local n=$1 status=0 from=$SECONDS
	shift
	local log=$tmp/$n.log said=$tmp/$n.server args=() u p=$((base + 1))
	: >"$log"
	: >"$said"
	results+=("$log")
	if [ "$SECONDS" -ge "$limit" ]; then
		echo "[trouble]: no time left for $*: the limit is ${limit}s" >>"$log"
		return
	fi
	rm -rf "$tmp/work"
	mkdir "$tmp/work" # with a directory tests/tmp of its own
	tar -xzf "$cache/$tarball" -C "$tmp/work" --strip-components=1 "redis-$version/tests"
	# MOVE is tested on a database that the test before it, which is left out with the streams, has emptied.
	sed -i 's/^    test {MOVE basic usage} {$/&\n        r flushdb/' "$tmp/work/tests/unit/keyspace.tcl"
	until start "$said" "$p"; do
		# Another program may have redis-server's port.
		if [ "$server" = kvserver ] || [ $((++p - base)) -ge 32 ] || ! grep -q 'Address already in use' "$said"; then
			echo "[trouble]: the server does not start" >>"$log"
			cat "$said"
			return
		fi
		: >"$said"
	done
	for u in "$@"; do
		args+=(--single "unit/$u")
	done
	# Nothing is left out of redis-server itself.
	: >"$tmp/skip"
	[ "$server" = redis ] || "$tmp/redis-suite" skipfile "$here/redis-suite/skip.txt" "$@" >"$tmp/skip"
	inside a
	bounded 600 env -C "$tmp/work" "${prefix[@]}" "$tclsh" "$here/redis-suite/run.tcl" --host "$host" --port "$port" \
		--baseport "$base" --portcount 2000 --tags "-slow -needs:debug -needs:repl" --ignore-encoding --ignore-digest \
		--durable --timeout "$stall" --skipfile "$tmp/skip" "${args[@]}" >>"$log" 2>&1 || status=$?
	case $status in
	0 | 1) ;; # 1: tests failed, and each is named
	124 | 137) echo "[trouble]: hang: the run was ended after $((SECONDS - from))s" >>"$log" ;;
	*) echo "[trouble]: the suite ended with status $status" >>"$log" ;;
	esac
	local died=''
	kill -0 "$pid" 2>/dev/null || died=yes
	status=0
	stop || status=$?
	if [ -n "$died" ]; then
		echo "[trouble]: the server died with status $status" >>"$log"
	elif [ "$status" -ne 0 ]; then
		echo "[trouble]: the server ended with status $status at SIGTERM" >>"$log"
	fi
	if [ -n "$died" ] || [ "$status" -ne 0 ]; then
		echo "== the server of $*, its last words"
		tail -n 40 "$said"
	fi
	printf '== %4ds  %s\n' $((SECONDS - from)) "$*"
	[ -z "$logs" ] || cp "$log" "$said" "$logs/"
}

cd "$here/.."
command -v go >/dev/null || die "go is missing: install Go 1.26.3 or newer"
mkdir -p "$cache" || die "$cache cannot be made: set XDG_CACHE_HOME"
packages
tclsh=$(command -v tclsh8.6 || command -v tclsh)
fetch
bounded 300 go build -o "$tmp/redis-suite" ./hack/redis-suite || die "build hack/redis-suite: see above"
if [ "$server" = kvserver ] && [ -z "$program" ]; then
	bounded 300 go build -o "$tmp/kvserver" ./cmd/kvserver || die "build cmd/kvserver: see above"
	program=$tmp/kvserver
fi
tar -tzf "$cache/$tarball" >"$tmp/files"
for u in "${units[@]}"; do
	grep -qxF "redis-$version/tests/unit/$u.tcl" "$tmp/files" || bad "the suite has no unit '$u'"
done
ports
if [ "$libos" = afxdp ]; then
	ulimit -l unlimited 2>/dev/null || true # the rings; with CAP_IPC_LOCK it does not matter
	made=yes
	"$here/veth.sh" up
fi

results=() together=() single=()
for u in $core; do
	[[ " ${units[*]} " != *" $u "* ]] || together+=("$u")
done
for u in "${units[@]}"; do
	[[ " $core " == *" $u "* ]] || single+=("$u")
done
if [ -n "$fresh" ]; then
	single=("${together[@]}" "${single[@]}")
	together=()
fi
n=1
[ ${#together[@]} -eq 0 ] || suite $((n++)) "${together[@]}"
for u in "${single[@]}"; do
	suite $((n++)) "$u"
done

lists=$here/redis-suite
if [ "$server" = redis ]; then
	compare=(-passing "$lists/reference.txt")
else
	compare=(-passing "$lists/passing.txt" -reference "$lists/reference.txt" -skip "$lists/skip.txt")
fi
"$tmp/redis-suite" compare "${compare[@]}" $list $update "${units[*]}" "${results[@]}"
