package conf

import "fmt"

// A fault is why a line cannot be split.
type fault struct{ cause, remedy string }

// split returns the words of a line, with quotes and escapes resolved.
func split(line []byte) ([]string, *fault) {
	var words []string
	for i := 0; ; {
		for i < len(line) && space(line[i]) {
			i++
		}
		if i == len(line) {
			return words, nil
		}
		var word []byte
		for i < len(line) && !ends(line[i]) && line[i] != '"' && line[i] != '\'' {
			word = append(word, line[i])
			i++
		}
		if i < len(line) && !ends(line[i]) {
			var bad *fault
			if word, i, bad = quoted(word, line, i); bad != nil {
				return nil, bad
			}
		}
		words = append(words, string(word))
	}
}

// quoted appends to word what is in the quotes that open at line[open], and returns the index behind the closing one, which
// ends the word.
func quoted(word, line []byte, open int) ([]byte, int, *fault) {
	quote := line[open]
	for i := open + 1; i < len(line); {
		switch c := line[i]; {
		case c == quote:
			if i++; i < len(line) && !space(line[i]) {
				return nil, 0, &fault{fmt.Sprintf("the word goes on after the closing %c at byte %d", quote, i), "put a space there"}
			}
			return word, i, nil
		case c == '\\' && quote == '"' && i+1 < len(line):
			var n int
			c, n = escape(line[i+1:])
			word = append(word, c)
			i += 1 + n
		case c == '\\' && quote == '\'' && i+1 < len(line) && line[i+1] == '\'':
			word = append(word, '\'')
			i += 2
		default:
			word = append(word, c)
			i++
		}
	}
	return nil, 0, &fault{fmt.Sprintf("the quote %c at byte %d is not closed", quote, open+1),
		fmt.Sprintf(`close it on its line, or write the character as "\%c"`, quote)}
}

// escape returns the byte that an escape stands for, and how many bytes there are behind its backslash.
func escape(b []byte) (c byte, n int) {
	switch b[0] {
	case 'n':
		return '\n', 1
	case 'r':
		return '\r', 1
	case 't':
		return '\t', 1
	case 'b':
		return '\b', 1
	case 'a':
		return '\a', 1
	case 'x':
		if len(b) >= 3 {
			high, ok1 := digit(b[1])
			low, ok2 := digit(b[2])
			if ok1 && ok2 {
				return high<<4 | low, 3
			}
		}
	}
	return b[0], 1
}

func digit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// ends reports whether c ends a word without quotes: not every space does, as Redis has it.
func ends(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// space is isspace(3) in the C locale: what may stand before a word, and behind a closing quote.
func space(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
