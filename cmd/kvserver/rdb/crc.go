package rdb

import "hash/crc64"

// jones is the polynomial 0xad93d23594c935a9, lowest bit first.
var jones = crc64.MakeTable(0x95AC9329AC4BC9B5)

// crc is the CRC-64 of b with no bits inverted before and after, as package crc64 does it.
func crc(b []byte) uint64 { return ^crc64.Update(^uint64(0), jones, b) }
