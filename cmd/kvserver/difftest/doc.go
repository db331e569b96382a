// Package difftest feeds redis-server and the engine the same random commands and compares what they say.
//
//	seed ──> script: clients, config, commands of a few families on a few keys
//	            |                    |
//	       redis-server            engine             on a Unix socket | without sockets
//	            |                    |
//	    replies, messages,      replies, messages,    byte for byte, but for what Redis leaves open:
//	    keyspace events         keyspace events       the order of sets, random choices, the time
//	            └──── difference? ───┘
//	                      |
//	              commands are dropped as long as it stays; what is left is printed with the seed
//
// Commands come from forms, one a line: the name, words, kinds of arguments, what is optional or repeated. Some arguments are
// then dropped, doubled, exchanged or replaced, so that errors are compared too. Keys are few, so that types collide.
// Times are far apart and in the future or in the past, so that no reply depends on when it was asked for. Scripts with
// several clients go step by step and may block; those with one are pipelined.
//
//	go test ./cmd/kvserver/difftest -run TestDifferences -family lists -seed 17
//
// In short: redis-server is the specification.
package difftest
