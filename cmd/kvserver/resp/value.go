package resp

import "strconv"

// A Kind is the byte that a reply begins with.
type Kind byte

const (
	KindSimple    Kind = '+'
	KindError     Kind = '-'
	KindInt       Kind = ':'
	KindBulk      Kind = '$'
	KindArray     Kind = '*'
	KindNull      Kind = '_' // RESP3; in RESP2 it is a bulk string or an array with Value.Null
	KindBool      Kind = '#'
	KindDouble    Kind = ','
	KindBigNumber Kind = '('
	KindBulkError Kind = '!'
	KindVerbatim  Kind = '='
	KindMap       Kind = '%'
	KindSet       Kind = '~'
	KindPush      Kind = '>'

	kindAttribute Kind = '|'
)

func (k Kind) String() string { return strconv.QuoteRune(rune(k)) }

// A Value is a reply.
type Value struct {
	Kind   Kind
	Null   bool    // of a missing value, whichever way the protocol says so
	Bool   bool    // of KindBool
	Int    int64   // of KindInt
	Float  float64 // of KindDouble
	Str    []byte  // of all strings, errors, numbers and truth values: the text as it was sent
	Format string  // of KindVerbatim: three letters
	Elems  []Value // of aggregates; in a map keys and values take turns
	Attrs  []Value // keys and values in turns, if there were attributes before the value
}
