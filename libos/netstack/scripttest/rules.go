package scripttest

import (
	"slices"
	"strings"
	"time"
)

// A rule harms the next count frames that match.
type rule struct {
	verb    string
	count   int
	delay   time.Duration
	pattern *packet
}

// carry applies rules to a frame and sends it on.
func (w *wire) carry(p *packet, b []byte) {
	after, twice := latency, false
	var notes []string
	lost := w.cut
	if lost {
		notes = append(notes, "lost")
	}
	for _, r := range w.rules {
		if lost || r.count == 0 || !p.matches(r.pattern) {
			continue
		}
		r.count--
		switch r.verb {
		case "drop":
			lost = true
			notes = append(notes, "lost")
		case "duplicate":
			twice = true
			notes = append(notes, "twice")
		case "corrupt":
			b = slices.Clone(b)
			b[len(b)-1] ^= 1
			notes = append(notes, "corrupted")
		case "delay":
			after += r.delay
			notes = append(notes, "late by "+r.delay.String())
		}
	}
	note := ""
	if len(notes) > 0 {
		note = " (" + strings.Join(notes, ", ") + ")"
	}
	w.log("%v%s", p, note)
	if lost {
		return
	}
	w.fly(b, after)
	if twice {
		w.fly(b, after)
	}
}

// unused returns a rule that found nothing to harm.
func (w *wire) unused() *rule {
	for _, r := range w.rules {
		if r.count > 0 {
			return r
		}
	}
	return nil
}
