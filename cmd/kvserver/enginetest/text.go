package enginetest

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Text shows replies in RESP2 or RESP3.
func Text(raw []byte) (string, error) {
	var lines []string
	for len(raw) > 0 {
		text, rest, err := reply(raw)
		if err != nil {
			return "", err
		}
		lines = append(lines, text)
		raw = rest
	}
	return strings.Join(lines, "\n"), nil
}

var errShort = errors.New("the reply is not complete")

// reply shows the first reply and returns what is behind it.
func reply(raw []byte) (text string, rest []byte, err error) {
	head, rest, ok := bytes.Cut(raw, []byte("\r\n"))
	if !ok || len(head) == 0 {
		return "", nil, errShort
	}
	kind, arg := head[0], string(head[1:])
	switch kind {
	case '+', '-', ':', ',', '#', '(', '_':
		return string(head), rest, nil
	}
	n, err := strconv.Atoi(arg)
	if err != nil {
		return "", nil, fmt.Errorf("length in %q", head)
	}
	switch kind {
	case '$', '=':
		if n < 0 {
			return "nil", rest, nil
		}
		if len(rest) < n+2 || string(rest[n:n+2]) != "\r\n" {
			return "", nil, errShort
		}
		body := string(rest[:n])
		if kind == '=' {
			format, text, ok := strings.Cut(body, ":")
			if !ok {
				return "", nil, fmt.Errorf("verbatim string %q", body)
			}
			return format + strconv.Quote(text), rest[n+2:], nil
		}
		return strconv.Quote(body), rest[n+2:], nil
	case '*':
		if n < 0 {
			return "nil-array", rest, nil
		}
		return aggregate("[", n, 1, "]", rest)
	case '~':
		return aggregate("~[", n, 1, "]", rest)
	case '>':
		return aggregate(">[", n, 1, "]", rest)
	case '%':
		return aggregate("{", n, 2, "}", rest)
	}
	return "", nil, fmt.Errorf("type of %q", head)
}

// aggregate shows n elements, each of one reply or of two.
func aggregate(open string, n, each int, end string, raw []byte) (string, []byte, error) {
	var b strings.Builder
	b.WriteString(open)
	for i := range n * each {
		switch {
		case i%each == 1:
			b.WriteString(": ")
		case i > 0:
			b.WriteString(", ")
		}
		text, rest, err := reply(raw)
		if err != nil {
			return "", nil, err
		}
		b.WriteString(text)
		raw = rest
	}
	b.WriteString(end)
	return b.String(), raw, nil
}

// split takes a command line apart.
func split(line string) ([]string, error) {
	var args []string
	for {
		line = strings.TrimLeft(line, " ")
		if line == "" {
			return args, nil
		}
		if line[0] != '"' {
			word, rest, _ := strings.Cut(line, " ")
			args = append(args, word)
			line = rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, err
		}
		arg, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
		line = line[len(quoted):]
	}
}
