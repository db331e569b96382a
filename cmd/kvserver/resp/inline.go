package resp

import "bytes"

// An inline command is a line of words, as a person types it. Words may be in quotes: within "..." a backslash escapes
// (\n \r \t \b \a, \xHH), within '...' only \' does, and behind a closing quote comes a blank or the line's end.

// isBlank is C's isspace, which is what separates words.
func isBlank(c byte) bool { return c == ' ' || c-'\t' <= '\r'-'\t' }

// isWordEnd says whether c ends a word outside quotes. Redis counts two blanks fewer here.
func isWordEnd(c byte) bool { return isBlank(c) && c != '\v' && c != '\f' }

// splitWords appends the words of line to args. Words with quotes are rewritten in place; hasQuotes tells if there are any.
// The line has no NUL and no line feed.
func splitWords(args [][]byte, line []byte) ([][]byte, bool) {
	for i := 0; ; {
		for i < len(line) && isBlank(line[i]) {
			i++
		}
		if i == len(line) {
			return args, true
		}
		start, w := i, i // a word never is longer than its source
		for i < len(line) && !isWordEnd(line[i]) {
			c := line[i]
			if c != '"' && c != '\'' {
				if w != i { // behind an escape or a quote
					line[w] = c
				}
				w++
				i++
				continue
			}
			var ok bool
			if w, i, ok = unquote(line, w, i+1, c); !ok {
				return args, false
			}
			break // a closing quote ends the word
		}
		args = append(args, line[start:w:w])
	}
}

// unquote rewrites what stands between quotes from i on to w, and says where both end. It is not ok if the closing quote
// is missing or has no blank behind it.
func unquote(line []byte, w, i int, quote byte) (int, int, bool) {
	for i < len(line) {
		c := line[i]
		switch {
		case c == quote:
			i++
			return w, i, i == len(line) || isBlank(line[i])
		case c == '\\' && quote == '\'' && i+1 < len(line) && line[i+1] == '\'':
			i++
			c = '\''
		case c == '\\' && quote == '"' && i+1 < len(line):
			i++
			c = line[i]
			if c == 'x' && i+2 < len(line) && hexDigit(line[i+1]) >= 0 && hexDigit(line[i+2]) >= 0 {
				c = byte(hexDigit(line[i+1])<<4 | hexDigit(line[i+2]))
				i += 2
			} else {
				c = unescape(c)
			}
		}
		line[w] = c
		w++
		i++
	}
	return w, i, false
}

// hasQuotes says whether splitWords may have to rewrite words of line.
func hasQuotes(line []byte) bool {
	return bytes.IndexByte(line, '"') >= 0 || bytes.IndexByte(line, '\'') >= 0
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}
