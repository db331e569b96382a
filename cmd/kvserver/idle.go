package main

const (
	sweepEvery = 1000 // milliseconds between two looks at the connections that were active
	idleAfter  = 1000 // milliseconds of silence after which a connection gives up memory that it holds in reserve
)

// sweep takes back what connections hold in reserve that have fallen silent. The list empties, so that a server without
// traffic does nothing.
func (s *server) sweep() {
	now := s.engine.Now()
	keep := s.warm[:0]
	for _, c := range s.warm {
		if !c.closing && now-c.used < idleAfter {
			keep = append(keep, c)
			continue
		}
		c.warm = false
		if c.input.empty() {
			c.input.drop(s.free)
			c.parser.Trim()
		}
	}
	clear(s.warm[len(keep):])
	if s.warm = keep; len(keep) == 0 {
		s.warm = nil
	}
	s.sweepAt = now + sweepEvery
	s.reclaim.dataset(s.engine.Used())
}
