package main

import (
	"github.com/catamaran-os/catamaran/api"
	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/resp"
)

// fetchMax is how many commands of a round are looked at ahead: what they need fits into the cache.
const fetchMax = 256

// fetch brings from memory what the commands of a round will look up, those of a client that pipelines and those of many
// clients alike. It is a guess: the commands are parsed and run later, in whatever state their sessions are then. It is for
// the database of the first session; clients are hardly ever in different ones.
func (s *server) fetch(results []api.QResult) {
	var db *keyspace.DB
	keys := s.keys[:0]
	for i := range results {
		r := &results[i]
		c := s.conns[r.QD]
		if r.Opcode != api.OpPop || r.Err != nil || r.N == 0 || c == nil {
			continue
		}
		if db == nil {
			if db = c.session.DB(); !db.Cold() {
				return
			}
		}
		if c.session.DB() != db {
			continue
		}
		for seg := range r.SGA.NumSegs() {
			keys = resp.AppendKeys(keys, r.SGA.Seg(seg).Data, fetchMax)
		}
	}
	if len(keys) > 1 {
		db.Warm(keys)
	}
	clear(keys) // views into input that is given back
	s.keys = keys
}
