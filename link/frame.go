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
	// More says that the packet goes on in the next frame of the burst, which has no header of its own. Frames that a device
	// returns have it only if it was opened so; on transmit it needs TxSegmentation. A packet is passed whole.
	More bool
	// CsumStart, if not 0, is where the TCP or UDP header of a frame to send begins. The device completes the checksum in it,
	// whose field holds the sum over the pseudo-header, with the length of the packet, not inverted. It needs TxChecksum.
	CsumStart uint16
	// SegmentSize, if not 0, has the device cut the TCP payload of a packet to send into segments of at most so many bytes. It
	// needs CsumStart and TxSegmentation.
	SegmentSize uint16
}

// Offloads are what a device does to frames that are sent.
type Offloads uint8

const (
	TxChecksum     Offloads = 1 << iota // Frame.CsumStart
	TxSegmentation                      // Frame.SegmentSize and Frame.More, with TxChecksum
)

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
