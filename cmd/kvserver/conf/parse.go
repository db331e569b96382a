// Package conf reads configuration in the syntax of Redis 7.0: the lines of redis.conf, sizes such as 64mb, and the classes
// of client-output-buffer-limit. It knows no directive: what a name means, and whether there is such a name, is the caller's.
//
//	# a comment; blank lines are skipped
//	maxmemory 64mb
//	requirepass "two words\n\x21"      escapes: \n \r \t \b \a \xHH, and of any other character the character itself
//	notify-keyspace-events 'it\'s'     \' is the only escape
//
// An unquoted backslash and a # that does not begin the line are characters like others, and a quote may begin within a word,
// as Redis has it. What Redis takes in silence is refused here where it can only be a mistake: NUL bytes, with which Redis
// drops the rest of the line. include is refused, too: one file is all there is.
//
// In short: Parse returns the lines as words, or an Error that names the line, the cause and the remedy.
package conf

import (
	"bytes"
	"fmt"
	"io"
)

// What Parse holds of a file is bounded by these, in bytes.
const (
	MaxFile = 1 << 20
	MaxLine = 64 << 10 // without its newline
)

// A Directive is a line that says something.
type Directive struct {
	Name string   // in lower case, never empty
	Args []string // any bytes, possibly empty
	Line int      // from 1
}

// An Error is a line that cannot be used. Callers make them as well, of directives that they do not know.
type Error struct {
	File          string
	Line          int
	Cause, Remedy string
}

// Error returns the text FILE:LINE: CAUSE; REMEDY.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d: %s; %s", e.File, e.Line, e.Cause, e.Remedy)
}

// Parse reads the directives of a file in their order; a directive may come more than once. The name is that of the file,
// for errors: an *Error for what is in the file, and what r returns when it cannot be read.
func Parse(r io.Reader, name string) ([]Directive, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", name, err)
	}
	var all []Directive
	number := 0
	fail := func(cause, remedy string) ([]Directive, error) {
		return nil, &Error{File: name, Line: number, Cause: cause, Remedy: remedy}
	}
	large := len(text) > MaxFile
	text = text[:min(len(text), MaxFile)]
	for more := true; more; {
		var line []byte
		line, text, more = bytes.Cut(text, []byte("\n"))
		number++
		if len(line) > MaxLine {
			return fail(fmt.Sprintf("the line is longer than %d bytes", MaxLine), "shorten it")
		}
		if large && !more { // the line in which the limit falls
			return fail(fmt.Sprintf("the file is larger than %d bytes", MaxFile), "shorten it")
		}
		if i := bytes.IndexByte(line, 0); i >= 0 {
			return fail(fmt.Sprintf("byte %d is NUL", i+1), "name a file of text, or take the byte out")
		}
		if bytes.HasPrefix(bytes.TrimLeft(line, " \t\r"), []byte("#")) {
			continue
		}
		words, bad := split(line)
		switch {
		case bad != nil:
			return fail(bad.cause, bad.remedy)
		case len(words) == 0:
			continue
		case words[0] == "":
			return fail("the name of the directive is empty", "name one, or begin the line with # for a comment")
		}
		d := Directive{Name: lower(words[0]), Args: words[1:], Line: number}
		if d.Name == "include" {
			return fail("include is not supported", "put the lines of that file in its place")
		}
		all = append(all, d)
	}
	return all, nil
}

// lower changes ASCII letters only: all other bytes of a name are kept, so that a message shows what the file has.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
