package keyspace

// A Type is what a key holds.
type Type uint8

// Types. Any stands for whichever there is.
const (
	Any Type = iota
	String
	List
	Set
	ZSet
	Hash
)

var typeNames = [...]string{"none", "string", "list", "set", "zset", "hash"}

// String returns the name that TYPE replies.
func (t Type) String() string { return typeNames[t] }

// An Encoding is how a value is represented.
type Encoding uint8

// Encodings, with the names of OBJECT ENCODING. Int is eight bytes, little-endian. A string of Embstr is in its entry, one
// of Raw is there or a Blob.
const (
	Embstr Encoding = iota
	Raw
	Int
	Listpack
	Intset
	Quicklist
	Hashtable
	Skiplist
)

var encodingNames = [...]string{"embstr", "raw", "int", "listpack", "intset", "quicklist", "hashtable", "skiplist"}

func (e Encoding) String() string { return encodingNames[e] }
