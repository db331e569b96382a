package difftest

// steppedFamilies are the forms of scripts with several clients.
var steppedFamilies = map[string][]form{
	"blocking": parseForms(blockingForms),
	"sessions": parseForms(sessionForms),
	"silence":  parseForms(silenceForms),
}

// blockingForms have no SWAPDB: which of several keys it lets have is open.
const blockingForms = `
3 BLPOP lkey* lkey never
3 BRPOP lkey* lkey never
3 BLMOVE lkey lkey (LEFT|RIGHT) (LEFT|RIGHT) never
2 BRPOPLPUSH lkey lkey never
3 BLMPOP never #lkey (LEFT|RIGHT) [COUNT count]
2 BZPOPMIN zkey* zkey never
2 BZPOPMAX zkey* zkey never
3 BZMPOP never #zkey (MIN|MAX) [COUNT count]
6 LPUSH lkey val+
4 RPUSH lkey val+
LPUSHX lkey val
LINSERT lkey BEFORE val val
LMOVE lkey lkey LEFT RIGHT
4 ZADD zkey (score member)+
ZINCRBY zkey float member
ZUNIONSTORE zkey #zkey
ZRANGESTORE zkey zkey zero idx
2 DEL lkey zkey
LPOP lkey count
ZPOPMIN zkey
SET lkey val
SADD zkey member
2 RENAME key key
2 COPY key key [DB db] REPLACE
MOVE key db
SELECT db
SORT lkey ALPHA STORE lkey
3 MULTI
4 EXEC
DISCARD
WATCH lkey zkey
3 CLIENT UNBLOCK client [(TIMEOUT|ERROR|X)]
CLIENT KILL ID client
EXPIRE lkey ttl
PERSIST lkey
FLUSHDB
FLUSHALL
`

const sessionForms = `
4 SUBSCRIBE channel+
3 PSUBSCRIBE glob+
2 SSUBSCRIBE channel+
2 UNSUBSCRIBE channel*
2 PUNSUBSCRIBE glob*
SUNSUBSCRIBE channel*
8 PUBLISH channel val
2 SPUBLISH channel val
PUBSUB CHANNELS [glob]
PUBSUB NUMSUB channel*
PUBSUB NUMPAT
PUBSUB SHARDCHANNELS [glob]
PUBSUB SHARDNUMSUB channel*
2 PING [val]
ECHO val
2 MULTI
2 EXEC
DISCARD
2 WATCH skey
UNWATCH
3 SET skey val
2 GET skey
DEL skey
HELLO [(2|3|4|x)]
HELLO (2|3) SETNAME word
HELLO 3 AUTH word word
AUTH word
AUTH word word
RESET
2 SELECT db
SWAPDB db db
FLUSHALL
CLIENT SETNAME word
CLIENT GETNAME
CLIENT NO-EVICT (ON|OFF|X)
CLIENT KILL ID client
CLIENT UNBLOCK client
CLIENT UNPAUSE
CONFIG SET REQUIREPASS word
CONFIG GET REQUIREPASS
CONFIG SET NOTIFY-KEYSPACE-EVENTS events
CONFIG GET NOTIFY-KEYSPACE-EVENTS
PSUBSCRIBE keyglob
QUIT
UNKNOWN val
`

// silenceForms have no MULTI: within EXEC, CLIENT REPLY makes Redis send less than the array that it announced. Nor QUIT: a
// client that gets no reply is not closed after it.
const silenceForms = `
4 CLIENT REPLY (ON|OFF|SKIP|X)
4 SET skey val
2 GET skey
2 SUBSCRIBE channel
PSUBSCRIBE keyglob
UNSUBSCRIBE
PUBLISH channel val
2 BLPOP lkey never
2 LPUSH lkey val
PING
RESET
HELLO (2|3)
UNKNOWN val
`
