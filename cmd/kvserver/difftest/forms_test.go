package difftest

// families are the forms by what they are about, in pipelined scripts.
var families = map[string][]form{
	"strings":      parseForms(stringForms),
	"bits":         parseForms(bitForms),
	"lists":        parseForms(listForms),
	"hashes":       parseForms(hashForms),
	"sets":         parseForms(setForms),
	"zsets":        parseForms(zsetForms),
	"keys":         parseForms(keyForms),
	"sort":         parseForms(sortForms),
	"transactions": parseForms(transactionForms),
}

const stringForms = `
5 SET skey val
5 SET skey val <[(NX|XX)] [GET] [(EX ttl|PX pttl|EXAT at|PXAT pat|KEEPTTL)]>
2 SET skey val (NX|XX|GET|EX ttl|PX pttl|KEEPTTL)*
3 GET skey
GETDEL skey
2 GETEX skey [(EX ttl|PX pttl|EXAT at|PXAT pat|PERSIST)]
GETSET skey val
SETNX skey val
SETEX skey ttl val
PSETEX skey pttl val
2 MSET (skey val)+
MSETNX (skey val)+
2 MGET skey+
3 APPEND skey val
STRLEN skey
2 SETRANGE skey offset val
SETRANGE skey far word
SETRANGE skey offset val
2 GETRANGE skey idx idx
SUBSTR skey idx idx
2 SET skey int
2 INCR skey
DECR skey
2 INCRBY skey int
2 DECRBY skey int
3 INCRBYFLOAT skey float
2 LCS skey skey <[LEN] [IDX] [MINMATCHLEN small] [WITHMATCHLEN]>
2 OBJECT ENCODING skey
`

const bitForms = `
4 SETBIT bkey offset bit
SETBIT bkey far bit
3 GETBIT bkey offset
GETBIT bkey far
3 BITCOUNT bkey [bitrange bitrange [(BYTE|BIT)]]
BITCOUNT bkey bitrange
3 BITPOS bkey bit [bitrange [bitrange [(BYTE|BIT)]]]
3 BITOP (AND|OR|XOR|NOT|X) bkey bkey+
BITOP NOT bkey bkey
4 BITFIELD bkey (GET type bitoffset|SET type bitoffset int|INCRBY type bitoffset int|OVERFLOW (WRAP|SAT|FAIL|X))+
BITFIELD_RO bkey (GET type bitoffset)+
BITFIELD_RO bkey (GET type bitoffset|SET type bitoffset int)+
3 SET bkey val
APPEND bkey val
`

const listForms = `
4 LPUSH lkey val+
4 RPUSH lkey val+
LPUSHX lkey val+
RPUSHX lkey val+
2 LPOP lkey [count]
2 RPOP lkey [count]
LLEN lkey
3 LINDEX lkey idx
2 LSET lkey idx val
3 LINSERT lkey (BEFORE|AFTER) val val
3 LREM lkey count val
2 LTRIM lkey idx idx
3 LRANGE lkey idx idx
3 LPOS lkey val <[RANK idx] [COUNT count] [MAXLEN small]>
3 LMOVE lkey lkey (LEFT|RIGHT) (LEFT|RIGHT)
2 RPOPLPUSH lkey lkey
2 LMPOP #lkey (LEFT|RIGHT) [COUNT count]
OBJECT ENCODING lkey
`

const hashForms = `
6 HSET hkey (field val)+
HSET hkey field
HMSET hkey (field val)+
2 HSETNX hkey field val
3 HGET hkey field
2 HMGET hkey field+
2 HDEL hkey field+
HEXISTS hkey field
HLEN hkey
HSTRLEN hkey field
2 HGETALL hkey
HKEYS hkey
HVALS hkey
3 HINCRBY hkey field int
3 HINCRBYFLOAT hkey field float
2 HRANDFIELD hkey [count [WITHVALUES]]
HSCAN hkey zero COUNT all [MATCH pattern]
HSCAN hkey zero MATCH pattern COUNT all
2 OBJECT ENCODING hkey
`

const setForms = `
6 SADD tkey member+
3 SREM tkey member+
SCARD tkey
2 SISMEMBER tkey member
2 SMISMEMBER tkey member+
2 SMEMBERS tkey
3 SMOVE tkey tkey member
2 SINTER tkey+
2 SUNION tkey+
2 SDIFF tkey+
2 SINTERSTORE tkey tkey+
2 SUNIONSTORE tkey tkey+
2 SDIFFSTORE tkey tkey+
2 SINTERCARD #tkey [LIMIT count]
SPOP tkey all
SPOP tkey zero
SPOP nokey
2 SRANDMEMBER tkey [count]
SSCAN tkey zero <COUNT all [MATCH pattern]>
2 OBJECT ENCODING tkey
`

const zsetForms = `
6 ZADD zkey [(NX|XX)] <[(GT|LT)] [CH]> (score member)+
2 ZADD zkey <[(NX|XX)] [(GT|LT)] [CH] [INCR]> (score member)+
3 ZADD lexkey zero member zero member zero member
2 ZREM zkey member+
2 ZINCRBY zkey float member
2 ZSCORE zkey member
ZMSCORE zkey member+
2 ZRANK zkey member
ZREVRANK zkey member
ZCARD zkey
2 ZCOUNT zkey zbound zbound
ZLEXCOUNT lexkey lexbound lexbound
2 ZRANGE zkey idx idx <[REV] [WITHSCORES] [LIMIT idx idx]>
2 ZRANGE zkey zbound zbound BYSCORE <[REV] [WITHSCORES] [LIMIT idx idx]>
2 ZRANGE lexkey lexbound lexbound BYLEX <[REV] [WITHSCORES] [LIMIT idx idx]>
2 ZRANGESTORE zkey zkey idx idx [REV] [LIMIT idx idx]
ZRANGESTORE zkey zkey zbound zbound BYSCORE <[REV] [LIMIT idx idx]>
ZRANGESTORE zkey lexkey lexbound lexbound BYLEX <[REV] [LIMIT idx idx]>
ZREVRANGE zkey idx idx [WITHSCORES]
ZRANGEBYSCORE zkey zbound zbound <[WITHSCORES] [LIMIT idx idx]>
ZREVRANGEBYSCORE zkey zbound zbound <[WITHSCORES] [LIMIT idx idx]>
ZRANGEBYLEX lexkey lexbound lexbound [LIMIT idx idx]
ZREVRANGEBYLEX lexkey lexbound lexbound [LIMIT idx idx]
ZREMRANGEBYRANK zkey idx idx
ZREMRANGEBYSCORE zkey zbound zbound
ZREMRANGEBYLEX lexkey lexbound lexbound
2 ZUNION #tzkey <[WEIGHTS @score] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]>
2 ZINTER #tzkey <[WEIGHTS @score] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]>
2 ZDIFF #tzkey [WITHSCORES]
2 ZUNIONSTORE zkey #tzkey <[WEIGHTS @score] [AGGREGATE (SUM|MIN|MAX)]>
2 ZINTERSTORE zkey #tzkey <[WEIGHTS @score] [AGGREGATE (SUM|MIN|MAX)]>
ZDIFFSTORE zkey #tzkey
2 ZINTERCARD #tzkey [LIMIT count]
2 ZPOPMIN zkey [count]
2 ZPOPMAX zkey [count]
2 ZMPOP #zkey (MIN|MAX) [COUNT count]
2 ZRANDMEMBER zkey [count [WITHSCORES]]
ZSCAN zkey zero <COUNT all [MATCH pattern]>
2 OBJECT ENCODING zkey
SADD tkey member+
`

const keyForms = `
2 DEL key+
UNLINK key+
2 EXISTS key+
2 TYPE key
TOUCH key+
2 RENAME key key
2 RENAMENX key key
4 COPY key key <[DB db] [REPLACE]>
MOVE key db
2 SELECT db
SWAPDB db db
DBSIZE
KEYS pattern
RANDOMKEY
2 SCAN zero COUNT all <[MATCH pattern] [TYPE class]>
3 EXPIRE key ttl [(NX|XX|GT|LT)]
EXPIRE key ttl (NX|XX|GT|LT)+
PEXPIRE key pttl [(NX|XX|GT|LT)]
2 EXPIREAT key at [(NX|XX|GT|LT)]
PEXPIREAT key pat [(NX|XX|GT|LT)]
2 TTL key
PTTL key
EXPIRETIME key
PEXPIRETIME key
2 PERSIST key
2 OBJECT ENCODING key
OBJECT REFCOUNT nokey
OBJECT IDLETIME key
OBJECT FREQ key
MEMORY USAGE key [SAMPLES count]
DUMP key
RESTORE key pttl junk [REPLACE]
RESTORE key zero junk <[REPLACE] [ABSTTL] [IDLETIME count] [FREQ count]>
4 EXCHANGE key key
FLUSHDB [(ASYNC|SYNC)]
FLUSHALL junk
PUBLISH channel val
ECHO val
PING [val]
UNKNOWN val*
SET skey val EX ttl
SET skey val
RPUSH lkey val val
HSET hkey field val
SADD tkey member member
ZADD zkey score member
`

const sortForms = `
6 SORT sortkey <[BY by] [LIMIT idx idx] (GET get)* [(ASC|DESC)] [ALPHA]>
3 SORT sortkey <[LIMIT idx idx] (GET get)* [(ASC|DESC)] [ALPHA]> STORE key
3 SORT lkey <[BY by] (GET get)* [(ASC|DESC)] [ALPHA]>
3 SORT_RO sortkey <[BY by] [LIMIT idx idx] (GET get)* [(ASC|DESC)] [ALPHA]>
2 SORT_RO sortkey STORE key
SET wkey float
SET wkey val
HSET wkey field val
2 HSET hkey field val
3 RPUSH lkey small small small
RPUSH lkey val float
2 SADD tkey small small small
SADD tkey member member
ZADD zkey score small score member
LRANGE lkey zero idx
DEL key
`

const transactionForms = `
3 MULTI
3 EXEC
DISCARD
2 WATCH key+
UNWATCH
SELECT db
3 SET skey val
INCR skey
LPUSH lkey val
LPOP lkey
HSET hkey field val
SADD tkey member
DEL key
PING
UNKNOWN val
RESET
`
