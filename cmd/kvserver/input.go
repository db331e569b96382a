package main

import (
	"github.com/catamaran-os/catamaran/api"
)

// input is what has arrived of a connection and has not been parsed: usually one array of the runtime's memory for a
// moment. What arrives while the session waits is copied to the heap, so that one that waits for long does not keep
// others from receiving.
type input struct {
	sga     api.SGArray
	segment int // of sga, the next to be parsed
	held    []byte
	lent    int // bytes that the parser has
	fed     bool
}

// empty reports whether all has been parsed.
func (in *input) empty() bool {
	return !in.fed && in.segment == in.sga.NumSegs() && len(in.held) == 0
}

// add takes what a pop has returned.
func (in *input) add(sga api.SGArray, free func(api.SGArray)) {
	if in.empty() {
		in.drop(free)
		in.sga, in.segment = sga, 0
		return
	}
	for i := range sga.NumSegs() {
		in.held = append(in.held, sga.Seg(i).Data...)
	}
	free(sga)
}

// next returns the next piece, nil if there is none.
func (in *input) next(free func(api.SGArray)) []byte {
	for in.segment < in.sga.NumSegs() {
		b := in.sga.Seg(in.segment).Data
		in.segment++
		if len(b) > 0 {
			return in.lend(b)
		}
	}
	in.drop(free)
	if b := in.held; len(b) > 0 {
		in.held = nil
		return in.lend(b)
	}
	return nil
}

func (in *input) lend(b []byte) []byte {
	in.fed, in.lent = true, len(b)
	return b
}

// used ends the loan of a piece and returns its length.
func (in *input) used() int {
	in.fed = false
	return in.lent
}

// drop frees the array.
func (in *input) drop(free func(api.SGArray)) {
	if in.sga.NumSegs() > 0 {
		free(in.sga)
	}
	in.sga, in.segment = api.SGArray{}, 0
}
