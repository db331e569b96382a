package rdb

// Version is the RDB version that is written, and the highest that is read.
const Version = 10

// FooterLen is the length of version and checksum.
const FooterLen = 2 + 8

// A Type says what a value consists of.
type Type byte

// The types of values. Redis 7.0 writes String, Set, Hash, ZSet2, SetIntset, HashListpack, ZSetListpack and ListQuicklist2,
// and reads all. HashZipmap (before Redis 2.6), modules and streams have numbers too, but are not read here.
const (
	String         Type = 0  // string
	List           Type = 1  // length, string ...
	Set            Type = 2  // length, string ...
	ZSet           Type = 3  // length, (string, old double) ...
	Hash           Type = 4  // length, (field string, value string) ...
	ZSet2          Type = 5  // length, (string, double) ...
	HashZipmap     Type = 9  // not read
	ListZiplist    Type = 10 // string: a ziplist
	SetIntset      Type = 11 // string: an intset
	ZSetZiplist    Type = 12 // string: a ziplist of members and scores
	HashZiplist    Type = 13 // string: a ziplist of fields and values
	ListQuicklist  Type = 14 // length, string ...: ziplists
	HashListpack   Type = 16 // string: a listpack of fields and values
	ZSetListpack   Type = 17 // string: a listpack of members and scores
	ListQuicklist2 Type = 18 // length, (length: Plain or Packed, string: an element or a listpack) ...
)

// The nodes of a ListQuicklist2.
const (
	Plain  = 1 // one element, a long one
	Packed = 2 // a listpack
)

// Encodings of a string that are not a length.
const (
	encInt8  = 0xC0
	encInt16 = 0xC1
	encInt32 = 0xC2
	encLZF   = 0xC3
)
