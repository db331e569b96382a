// Package listpack keeps a sequence of strings and integers in one run of bytes, in the listpack format of Redis.
//
// The format is that of Redis 7 (src/listpack.c) to the byte, because DUMP and RESTORE exchange it:
//
//	total bytes u32 LE | elements u16 LE | element ... | 0xFF
//	element: encoding and data | backlen
//
//	0xxxxxxx                  7-bit unsigned integer     11110001  16-bit integer, LE
//	10llllll                  string of up to 63 B       11110010  24-bit integer, LE
//	110xxxxx xxxxxxxx         13-bit integer             11110011  32-bit integer, LE
//	1110llll llllllll         string of up to 4095 B     11110100  64-bit integer, LE
//	11110000 llll (u32 LE)    longer string
//
// A count of 65535 means that the elements have to be counted. The backlen says how long encoding and data are, in one to
// five bytes of seven bits, to be read backwards, so that one can walk from the end. A string that is the canonical decimal
// form of an int64 is kept as an integer.
//
// A listpack is a []byte with its exact length, an element is named by its offset, and -1 is no element. Functions that
// change one work like append: they return the changed listpack, in place where cap allows, else in new memory, and make
// old slices, offsets and views invalid. Arguments must not overlap the listpack that is changed.
//
// In short: all functions are pure and trust their listpack; run Valid on bytes from outside first.
package listpack
