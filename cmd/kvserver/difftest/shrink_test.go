package difftest

import "time"

// shrink drops steps of a script as long as it fails, for at most a while.
func shrink(s script, fails func(script) bool, while time.Duration) script {
	end := time.Now().Add(while)
	for size := len(s.steps) / 2; size >= 1; {
		dropped := false
		for from := 0; from < len(s.steps); {
			if time.Now().After(end) {
				return s
			}
			less := s
			less.steps = append(append([]step(nil), s.steps[:from]...), s.steps[min(from+size, len(s.steps)):]...)
			if len(less.steps) > 0 && fails(less) {
				s = less
				dropped = true
			} else {
				from += size
			}
		}
		if size > 1 || !dropped {
			size /= 2
		}
	}
	return s
}
