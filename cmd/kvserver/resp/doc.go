// Package resp speaks the Redis serialization protocol: it parses the requests of a connection, writes replies, and reads
// replies for clients.
//
// A Parser is a state machine that is lent one piece of input after the other. While a command lies within one piece its
// arguments are views into that piece, and nothing is copied:
//
//	Feed("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*2\r\n$3\r\nGE")
//	Next            |GET|      |k|                   args are views
//	Next -> nil                            |GE|      the piece ends within a command: what was read of it is copied
//	Feed("T\r\n$1\r\nk\r\n")                         and parsing goes on where it stood
//
// Only what has arrived takes memory: headers announce, they do not allocate. Small arguments are collected in a chunk
// that the parser keeps for its next command, large ones (BigArg) in memory of their own, which a caller may keep.
//
// A Writer appends replies to one buffer, in RESP2 or RESP3, so that all replies to a pipeline leave in one push. Where
// the number of elements is not known beforehand, Begin marks the place and EndArray inserts the header there.
//
// A Reader reads replies from a bufio.Reader with bounds on depth and size, for clients and tests.
//
// What is not in the protocol's specification (https://redis.io/docs/latest/develop/reference/protocol-spec/) is as
// redis-server 7.0.15 does it, its lenience and its error texts included.
//
// In short: a Parser lends out arguments, a Writer collects replies, and neither allocates once it is warm.
package resp
