package engine

// Match reports whether text matches a glob pattern of Redis: * ? [abc] [^a-z] and \ before a special character. Its time
// is bounded by the product of the lengths, whatever the pattern. Empty text matches an empty pattern alone: not even *.
func Match(pattern string, text []byte) bool { return match(pattern, text, false) }

// MatchFold is Match without regard to the case of ASCII letters.
func MatchFold(pattern string, text []byte) bool { return match(pattern, text, true) }

func match(p string, t []byte, fold bool) bool {
	if len(t) == 0 {
		return len(p) == 0
	}
	i, j := 0, 0
	star, resume := -1, 0 // the last *, and where the text goes on if more is given to it
	for j < len(t) || i < len(p) {
		if i < len(p) && p[i] == '*' {
			star, resume = i, j
			i++
			continue
		}
		if j < len(t) && i < len(p) {
			if n, ok := one(p[i:], t[j], fold); ok {
				i += n
				j++
				continue
			}
		}
		if star < 0 || resume >= len(t) {
			return false
		}
		resume++
		i, j = star+1, resume
	}
	return true
}

// one matches one byte with the element that p begins with and returns the element's length.
func one(p string, ch byte, fold bool) (n int, ok bool) {
	lower := func(b byte) byte {
		if fold && 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		return b
	}
	switch p[0] {
	case '?':
		return 1, true
	case '[':
		i := 1
		not := i < len(p) && p[i] == '^'
		if not {
			i++
		}
		found := false
		for i < len(p) && p[i] != ']' {
			switch {
			case p[i] == '\\' && i+1 < len(p):
				i++
				found = found || lower(p[i]) == lower(ch)
				i++
			case i+2 < len(p) && p[i+1] == '-':
				lo, hi := lower(p[i]), lower(p[i+2])
				if lo > hi {
					lo, hi = hi, lo
				}
				c := lower(ch)
				found = found || lo <= c && c <= hi
				i += 3
			default:
				found = found || lower(p[i]) == lower(ch)
				i++
			}
		}
		if i < len(p) {
			i++ // ]
		}
		return i, found != not
	case '\\':
		if len(p) > 1 {
			return 2, lower(p[1]) == lower(ch)
		}
	}
	return 1, lower(p[0]) == lower(ch)
}
