package pcap

import (
	"encoding/binary"
	"time"
)

// The file header, draft-ietf-opsawg-pcap section 4, and the packet record, section 5. The writer's byte order is
// little-endian; readers tell by the magic number.
const (
	magicNano    = 0xa1b23c4d // time stamps have nanoseconds
	magicMicro   = 0xa1b2c3d4 // time stamps have microseconds
	versionMajor = 2
	versionMinor = 4

	linkTypeEthernet = 1 // LINKTYPE_ETHERNET, www.tcpdump.org/linktypes.html

	fileHeaderLen   = 24
	recordHeaderLen = 16

	// maxSnapLen is the largest snap length that libpcap accepts (MAXIMUM_SNAPLEN, pcap-int.h).
	maxSnapLen = 262144
)

func appendFileHeader(b []byte, snapLen int) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, magicNano)
	b = le.AppendUint16(b, versionMajor)
	b = le.AppendUint16(b, versionMinor)
	b = le.AppendUint32(b, 0) // reserved1
	b = le.AppendUint32(b, 0) // reserved2
	b = le.AppendUint32(b, uint32(snapLen))
	return le.AppendUint32(b, linkTypeEthernet)
}

// appendRecord appends a frame, cut to snapLen. Seconds are unsigned and end in 2106.
func appendRecord(b []byte, at time.Time, frame []byte, snapLen int) []byte {
	le := binary.LittleEndian
	captured := min(len(frame), snapLen)
	b = le.AppendUint32(b, uint32(at.Unix()))
	b = le.AppendUint32(b, uint32(at.Nanosecond()))
	b = le.AppendUint32(b, uint32(captured))
	b = le.AppendUint32(b, uint32(len(frame)))
	return append(b, frame[:captured]...)
}
