package resp

import (
	"bytes"
	"math"
)

// A stage is where in a command the parser stands.
type stage uint8

const (
	atStart  stage = iota // between commands
	inInline              // in the line of an inline command
	inCount               // in the line "*<arguments>"
	inLen                 // in the line "$<bytes>" before an argument
	inBody                // in an argument
	inEnd                 // in the two bytes behind an argument, which nobody looks at
)

// A Parser reads the commands of one connection. Its zero value is ready for use.
type Parser struct {
	// Limits may be shared between parsers and changed between two calls of Next; nil stands for the defaults.
	Limits *Limits

	in    []byte   // lent by Feed
	pos   int      // what is read of it
	args  [][]byte // of the command in progress, or of the last one
	views int      // args[views:] are views into in, those before are the parser's own
	high  int      // args[high:cap] are nil
	left  int      // arguments to come, with the one in progress
	need  int      // bytes of inBody and inEnd to come
	size  int64    // what the command counts for in MaxQuery so far
	err   error
	line  line
	hold  hold
	stage stage
}

// Feed lends b to the parser until Next returns no command. What was fed before has to be used up by then.
func (p *Parser) Feed(b []byte) {
	if p.pos < len(p.in) {
		panic("resp: Feed while there is input left")
	}
	if p.err == nil {
		p.in, p.pos = b, 0
	}
}

// Next returns the arguments of the next command, at least one, or nil if more input is needed. They are valid until the
// following call of Next or Feed. An error, a ProtocolError or ErrQueryLimit, is final.
func (p *Parser) Next() ([][]byte, error) {
	if p.stage == atStart {
		p.recycle()
	}
	for p.pos < len(p.in) {
		var done bool
		switch p.stage {
		case atStart:
			if p.stage = inInline; p.in[p.pos] == '*' {
				p.stage = inCount
			}
			continue
		case inInline:
			done = p.readInline()
		case inCount:
			p.readCount()
		case inLen:
			done = p.readArgs()
		case inBody:
			p.readBody()
		case inEnd:
			done = p.readEnd()
		}
		if done {
			p.stage = atStart
			return p.args, nil
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	p.in, p.pos = nil, 0
	if p.stage != atStart {
		p.keepViews()
	}
	p.forget()
	return nil, nil
}

// Own returns the argument i of the command that Next has returned, if the caller may keep it: big arguments that
// arrived in pieces have memory of their own. It is false for a view.
func (p *Parser) Own(i int) ([]byte, bool) {
	if !p.hold.owns(i) {
		return nil, false
	}
	return p.args[i], true
}

// Owned is the number of bytes in the arguments that Own hands over.
func (p *Parser) Owned() int {
	n := 0
	for _, i := range p.hold.owned {
		n += len(p.args[i])
	}
	return n
}

// Buffered is the number of bytes that the parser holds of an unfinished command.
func (p *Parser) Buffered() int {
	switch p.stage {
	case atStart:
		return 0
	case inInline:
		return len(p.hold.chunk)
	}
	n := p.line.n + len(p.hold.chunk) - p.hold.from + len(p.hold.big)
	for _, a := range p.args {
		n += len(a)
	}
	return n
}

// fail ends the parser and gives up its memory.
func (p *Parser) fail(err error) {
	*p = Parser{Limits: p.Limits, err: err}
}

// recycle makes ready for a command, in the memory of the last one.
func (p *Parser) recycle() {
	p.high = max(p.high, len(p.args))
	p.args = p.args[:0]
	if p.views > 0 || len(p.hold.chunk) > 0 {
		p.views = 0
		p.hold.recycle()
		p.forget()
	}
	p.size = 0
}

// forget drops what the arguments of earlier commands point to, and memory for many arguments.
func (p *Parser) forget() {
	n := len(p.args)
	if n == 0 && cap(p.args) > keepArgs {
		p.args = nil
	} else if n < p.high {
		clear(p.args[n:p.high])
	}
	p.high = n
}

// keepViews copies the arguments that are views, since the input ends.
func (p *Parser) keepViews() {
	for i := p.views; i < len(p.args); i++ {
		p.hold.add(p.args[i], len(p.args[i]))
		p.args[i] = p.hold.end(i)
	}
	p.views = len(p.args)
}

// readCount reads "*<arguments>\r\n".
func (p *Parser) readCount() {
	used, end := p.line.take(p.in[p.pos:])
	p.pos += used
	switch end {
	case lineLong:
		p.fail(errCountLong)
	case lineDone:
		n, ok := p.line.number()
		p.line = line{}
		switch {
		case !ok || n > maxArgs:
			p.fail(errCount)
		case n > maxArgsUnauth && p.Limits.unauthenticated():
			p.fail(errCountUnauth)
		case n <= 0:
			p.stage = atStart
		default:
			p.left, p.stage = int(n), inLen
		}
	}
}

// readArgs reads the arguments that lie in the input as a whole, and leaves the rest to the other stages.
func (p *Parser) readArgs() (done bool) {
	if p.line.begun() {
		p.readLen()
		return false
	}
	in, i, args := p.in, p.pos, p.args
	maxLen, maxSize := p.Limits.maxBulk(), p.Limits.maxQuery()
	if p.Limits.unauthenticated() {
		maxLen = min(maxLen, maxLenUnauth)
	}
	for {
		n, next := 0, 0
		if i < len(in) && in[i] == '$' {
			n, next = headerLen(in[i:])
		}
		body := i + next
		if next == 0 || int64(n) > maxLen || len(in)-body < n+2 {
			p.pos, p.args = i, args
			if i < len(in) {
				p.readLen()
			}
			return false
		}
		p.size += int64(n + argCost)
		if p.size > maxSize {
			p.fail(ErrQueryLimit)
			return false
		}
		args = append(args, in[body:body+n:body+n])
		i = body + n + 2
		if p.left--; p.left == 0 {
			p.pos, p.args = i, args
			return true
		}
	}
}

// readLen reads "$<bytes>\r\n".
func (p *Parser) readLen() {
	used, end := p.line.take(p.in[p.pos:])
	p.pos += used
	switch end {
	case lineLong:
		p.fail(errLenLong)
	case lineDone:
		kind := p.line.kind()
		n, ok := p.line.number()
		p.line = line{}
		switch {
		case kind != '$':
			p.fail(errType(kind))
		case !ok || n < 0 || n > p.Limits.maxBulk() || n > math.MaxInt-2:
			p.fail(errLen)
		case n > maxLenUnauth && p.Limits.unauthenticated():
			p.fail(errLenUnauth)
		default:
			p.size += argCost
			p.need, p.stage = int(n), inBody
			if n == 0 {
				p.readBody() // which needs no input
			}
		}
	}
}

// readBody reads what there is of an argument.
func (p *Parser) readBody() {
	b := p.in[p.pos:]
	b = b[:min(len(b), p.need)]
	p.size += int64(len(b))
	if p.size > p.Limits.maxQuery() {
		p.fail(ErrQueryLimit)
		return
	}
	p.pos += len(b)
	switch {
	case p.hold.begun() || len(b) < p.need:
		p.keepViews() // before the argument in progress
		p.hold.add(b, p.bodyLen()+p.need)
		if p.need -= len(b); p.need > 0 {
			return
		}
		p.args = append(p.args, p.hold.end(len(p.args)))
		p.views++
	default:
		p.args = append(p.args, b[:len(b):len(b)])
	}
	p.stage, p.need = inEnd, 2
}

// bodyLen is what has been read of the argument in progress.
func (p *Parser) bodyLen() int { return len(p.hold.big) + len(p.hold.chunk) - p.hold.from }

// readEnd skips what stands behind an argument.
func (p *Parser) readEnd() (done bool) {
	n := min(p.need, len(p.in)-p.pos)
	p.pos += n
	if p.need -= n; p.need > 0 {
		return false
	}
	p.left--
	p.stage = inLen
	return p.left == 0
}

// readInline reads a line and splits it into words. As in header lines a NUL hides the line's end.
func (p *Parser) readInline() (done bool) {
	b := p.in[p.pos:]
	b = b[:min(len(b), maxLine+1-p.line.n)]
	i := -1
	if !p.line.nul {
		i = bytes.IndexByte(b, '\n')
		seg := b
		if i >= 0 {
			seg = b[:i]
		}
		if bytes.IndexByte(seg, 0) >= 0 {
			p.line.nul, i = true, -1
		}
	}
	if i < 0 {
		p.pos += len(b)
		if p.line.n += len(b); p.line.n > maxLine {
			p.fail(errInlineLong)
		} else if !p.line.nul {
			p.hold.add(b, 0)
		}
		return false
	}
	p.pos += i + 1
	return p.endInline(b[:i])
}

// endInline splits a line of which rest is the last piece.
func (p *Parser) endInline(rest []byte) (done bool) {
	text := rest
	if p.line.n > 0 || hasQuotes(rest) { // the line is in pieces, or will be written to
		p.hold.add(rest, 0)
		text = p.hold.end(0)
	}
	p.line = line{}
	if len(text) > 0 && text[len(text)-1] == '\r' {
		text = text[:len(text)-1]
	}
	args, ok := splitWords(p.args, text)
	if !ok {
		p.fail(errQuotes)
		return false
	}
	p.args = args
	if p.stage = atStart; len(args) == 0 {
		p.recycle()
		return false
	}
	return true
}

// Trim gives up the memory that waits for the next command, for a connection that is idle.
func (p *Parser) Trim() {
	if p.stage == atStart && p.pos == len(p.in) {
		*p = Parser{Limits: p.Limits, err: p.err}
	}
}
