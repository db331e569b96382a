package difftest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A form describes the commands of a name. As text, one a line:
//
//	3 ZADD zkey [NX|XX] <[GT|LT] [CH]> (score member)+
//
// A number in front is its weight, 1 if there is none. Then: words in capitals are themselves, in any case; other words are
// kinds of arguments; [a|b] may be there or not; (a|b) is one of them; <a b> is all in any order; x+ is one to three of x, x*
// none to three; #x is the number of x that follow, and one to three x; @x is as many x as the last # had.
type form struct {
	name   string
	weight int
	items  []item
}

type op byte

const (
	opWord op = iota
	opKind
	opSeq    // all alts in their order
	opAny    // all alts in any order
	opOne    // one of alts
	opMaybe  // alts[0] or nothing
	opPlus   // one to three
	opStar   // none to three
	opNumber // a number and that many
	opAgain  // as many as the last number
)

type item struct {
	op   op
	text string
	sub  []item
}

// parseForms parses forms, one a line. It panics on a mistake in them: they are part of the test.
func parseForms(text string) []form {
	var all []form
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		p := &parser{tokens: tokens(line), line: line}
		f := form{weight: 1}
		if n, err := strconv.Atoi(p.tokens[0]); err == nil {
			f.weight = n
			p.tokens = p.tokens[1:]
		}
		f.items = p.sequence("")
		f.name = strings.ToLower(f.items[0].text)
		all = append(all, f)
	}
	return all
}

func tokens(line string) []string {
	var list []string
	for word := range strings.FieldsSeq(line) {
		for word != "" {
			i := strings.IndexAny(word, "[]()<>|+*#@")
			switch {
			case i < 0:
				list = append(list, word)
				word = ""
			case i == 0:
				list = append(list, word[:1])
				word = word[1:]
			default:
				list = append(list, word[:i])
				word = word[i:]
			}
		}
	}
	return list
}

type parser struct {
	tokens []string
	line   string
}

func (p *parser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

// sequence parses items up to one of the ends, which stays.
func (p *parser) sequence(ends string) []item {
	var list []item
	for p.peek() != "" && (ends == "" || !strings.Contains(ends, p.peek())) {
		list = append(list, p.item())
	}
	return list
}

func (p *parser) item() item {
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	var it item
	switch t {
	case "[":
		it = item{op: opMaybe, sub: []item{p.choice("]")}}
	case "(":
		it = p.choice(")")
	case "<":
		it = item{op: opAny, sub: p.sequence(">")}
		p.skip(">")
	case "#":
		return item{op: opNumber, sub: []item{p.item()}}
	case "@":
		return item{op: opAgain, sub: []item{p.item()}}
	case "]", ")", ">", "|", "+", "*":
		panic(fmt.Sprintf("%q in the form %q", t, p.line))
	default:
		it = item{op: opKind, text: t}
		if t == strings.ToUpper(t) {
			it.op = opWord
		} else if kinds[t] == nil {
			panic(fmt.Sprintf("kind %q in the form %q is unknown", t, p.line))
		}
	}
	switch p.peek() {
	case "+":
		it = item{op: opPlus, sub: []item{it}}
		p.skip("+")
	case "*":
		it = item{op: opStar, sub: []item{it}}
		p.skip("*")
	}
	return it
}

func (p *parser) skip(t string) {
	if p.peek() != t {
		panic(fmt.Sprintf("%q is missing in the form %q", t, p.line))
	}
	p.tokens = p.tokens[1:]
}

// choice parses sequences with | between them and an end.
func (p *parser) choice(end string) item {
	it := item{op: opOne}
	for {
		it.sub = append(it.sub, item{op: opSeq, sub: p.sequence(end + "|")})
		if p.peek() != "|" {
			break
		}
		p.skip("|")
	}
	p.skip(end)
	return it
}

// A maker makes commands of forms.
type maker struct {
	*rand.Rand
	last  int // what the last # was
	times int // how many relative times were made
}

// command makes a command of a form.
func (m *maker) command(f form) []string {
	var args []string
	for _, it := range f.items {
		args = m.add(args, it)
	}
	return args
}

func (m *maker) add(args []string, it item) []string {
	switch it.op {
	case opWord:
		w := it.text
		if m.IntN(2) == 0 {
			w = strings.ToLower(w)
		}
		return append(args, w)
	case opKind:
		return append(args, kinds[it.text](m))
	case opSeq:
		for _, s := range it.sub {
			args = m.add(args, s)
		}
	case opAny:
		for _, i := range m.Perm(len(it.sub)) {
			args = m.add(args, it.sub[i])
		}
	case opOne:
		return m.add(args, it.sub[m.IntN(len(it.sub))])
	case opMaybe:
		if m.IntN(2) == 0 {
			return m.add(args, it.sub[0])
		}
	case opPlus, opStar:
		n := m.IntN(4)
		if it.op == opPlus {
			n = 1 + m.IntN(3)
		}
		for range n {
			args = m.add(args, it.sub[0])
		}
	case opNumber:
		m.last = 1 + m.IntN(3)
		said := m.last
		if m.IntN(25) == 0 {
			said = m.IntN(6) - 1
		}
		args = append(args, fmt.Sprint(said))
		for range m.last {
			args = m.add(args, it.sub[0])
		}
	case opAgain:
		for range m.last {
			args = m.add(args, it.sub[0])
		}
	}
	return args
}

// spoil makes a mistake in a command, if there is something to mistake.
func (m *maker) spoil(args []string) []string {
	if len(args) < 2 {
		return append(args, junk(m))
	}
	args = append([]string(nil), args...)
	i, j := 1+m.IntN(len(args)-1), 1+m.IntN(len(args)-1)
	switch m.IntN(5) {
	case 0:
		return append(args[:i], args[i+1:]...)
	case 1:
		return append(args, args[i])
	case 2:
		args[i], args[j] = args[j], args[i]
	case 3:
		args[i] = junk(m)
	case 4:
		args = append(args, "")
		copy(args[i+1:], args[i:])
		args[i] = junk(m)
	}
	return args
}
