// Package rdb writes and reads values in the serialization of Redis's DUMP and RESTORE, version 10 of the RDB format.
//
//	type u8 | value | version u16 LE | CRC-64 u64 LE of all before
//
// What values consist of (Redis 7, src/rdb.h):
//
//	length  00llllll, 01llllll l..., 0x80 u32 BE, 0x81 u64 BE
//	string  length bytes... | 0xC0 i8 | 0xC1 i16 LE | 0xC2 i32 LE | 0xC3 length(compressed) length LZF...
//	double  f64 LE, or in old values u8 length and decimal, 253 NaN, 254 +inf, 255 -inf
//
// and what follows each type byte is said at its constant. Small values are listpacks or intsets within a string: what is in
// it is not looked at here.
//
// A payload may come from anyone. Open checks its footer, which proves nothing about who made it, so a Decoder believes no
// length: a string or a count is compared with the bytes that are left, what LZF data says that it expands to with what so
// few bytes can expand to and with a limit. It allocates for one string at a time.
//
// In short: Encoder appends the parts of a value and Finish the footer; Open checks a footer, and its Decoder gives the parts.
package rdb
