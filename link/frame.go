package link

// A Frame is one Ethernet frame, from the destination address to the last byte of payload, without FCS.
//
// Data aliases memory of the device. It is valid from the call that returned the Frame (RxBurst, Alloc) until the Frame
// is passed to TxBurst or Free. A holder may shorten Data, change its bytes, or set it to any prefix of the room that
// cap(Data) gives; it must not make it point anywhere else.
type Frame struct {
	Data []byte
	// ID names the frame to its device. Only the device writes it, and its meaning is the device's own.
	ID uint64
	// Csum is what the device knows of the transport checksum of a received frame. It is ignored on transmit.
	Csum Csum
}

// Csum is a device's word on the transport checksum of a received frame.
type Csum uint8

const (
	// CsumUnknown: the device did not look. The receiver verifies.
	CsumUnknown Csum = iota
	// CsumGood: the device verified the checksum.
	CsumGood
	// CsumBad: the device found the checksum wrong. The receiver drops and counts.
	CsumBad
)

// EthernetHeaderLen is the length in bytes of an untagged Ethernet header (IEEE 802.3 clause 3).
const EthernetHeaderLen = 14
