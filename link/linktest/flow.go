package linktest

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"time"

	"github.com/catamaran-os/catamaran/link"
)

const (
	// burst is what the suite sends and receives at once.
	burst = 32
	// maxBurst is the largest burst of any scenario.
	maxBurst = 4096
	// stamp follows the header: magic and number of the frame.
	stampLen = 12
	magic    = 0x6361746d
)

// patience bounds every wait. It decides only how long a broken device takes to fail.
var patience = 20 * time.Second

// quiet is how long nothing must arrive before frames that may be lost count as lost.
const quiet = 100 * time.Millisecond

// eventually polls until done, and ends the scenario if that never comes.
func eventually(what string, done func() bool) {
	start := time.Now()
	for i := 1; !done(); i++ {
		if i%64 == 0 {
			runtime.Gosched()
			if time.Since(start) > patience {
				failf("gave up waiting: %s", what)
			}
		}
	}
}

// fill makes f a frame of length bytes: the header, the stamp and a pattern, as much as fits.
func fill(f *link.Frame, header []byte, seq uint64, length int) {
	if cap(f.Data) < length {
		failf("a frame has room for %d bytes, want %d", cap(f.Data), length)
	}
	f.Data = f.Data[:length]
	rest := f.Data[copy(f.Data, header):]
	var stamp [stampLen]byte
	binary.BigEndian.PutUint32(stamp[:], magic)
	binary.BigEndian.PutUint64(stamp[4:], seq)
	rest = rest[copy(rest, stamp[:]):]
	for i := range rest {
		rest[i] = pattern(seq, i)
	}
}

func pattern(seq uint64, i int) byte { return byte(seq*31) + byte(i) }

// number returns the number of a frame that fill made. ours is false for frames that the suite did not send, which a
// real interface may carry too.
func number(data, header []byte) (seq uint64, ours bool) {
	if len(data) < len(header)+stampLen || !bytes.HasPrefix(data, header) {
		return 0, false
	}
	stamp := data[len(header):]
	return binary.BigEndian.Uint64(stamp[4:]), binary.BigEndian.Uint32(stamp) == magic
}

// intact tells whether the rest of a frame with that number is what fill wrote.
func intact(data, header []byte, seq uint64) bool {
	for i, b := range data[len(header)+stampLen:] {
		if b != pattern(seq, i) {
			return false
		}
	}
	return true
}

// A flow sends numbered frames from one side and checks them on the other.
type flow struct {
	lab      *lab
	from, to *side
	header   []byte // of frames sent
	expect   []byte // of frames received
	total    int    // frames to send

	sent, received int
	waiting        []link.Frame // made and not taken yet
	out, in        [burst]link.Frame
	heard          time.Time // when the last frame arrived

	// reply is called with received frames of ours, which it must pass on. nil frees them.
	reply func(f []link.Frame)
}

func (l *lab) flow(total int) *flow {
	return &flow{lab: l, from: l.a, to: l.b, header: l.HeaderAB, expect: l.HeaderAB, total: total, heard: time.Now()}
}

func (l *lab) back(total int) *flow {
	return &flow{lab: l, from: l.b, to: l.a, header: l.HeaderBA, expect: l.HeaderBA, total: total, heard: time.Now()}
}

// length varies the length of frames over all that are sure to arrive.
func (x *flow) length(seq int) int {
	low, high := x.lab.minimum(), x.lab.limit()
	return low + int(uint64(seq)*0x9e3779b97f4a7c15>>33)%(high-low+1)
}

// send offers a burst, within the pair's window. It returns how many frames the device took.
func (x *flow) send() (n int) {
	if len(x.waiting) == 0 {
		want := min(burst, x.total-x.sent)
		if x.lab.Window > 0 && x.lab.Lossless {
			want = min(want, x.lab.Window-(x.sent-x.received))
		}
		x.waiting = x.out[:x.from.alloc(x.out[:max(want, 0)])]
		for i := range x.waiting {
			seq := x.sent + i
			fill(&x.waiting[i], x.header, uint64(seq), x.length(seq))
		}
	}
	n, err := x.from.tx(x.waiting)
	x.from.alive("TxBurst", err)
	x.waiting = x.waiting[n:]
	x.sent += n
	return n
}

// receive takes a burst and checks it. It returns how many frames of ours there were.
func (x *flow) receive() (n int) {
	got, err := x.to.rx(x.in[:])
	x.to.alive("RxBurst", err)
	for _, f := range x.in[:got] {
		if !x.lab.Faults && !x.accept(f.Data, n) {
			x.to.free([]link.Frame{f})
			continue
		}
		x.in[n] = f
		n++
	}
	x.received += n
	if n > 0 {
		x.heard = time.Now()
	}
	if x.reply != nil {
		x.reply(x.in[:n])
	} else {
		x.to.free(x.in[:n])
	}
	return n
}

// accept checks the n-th frame of a burst, and tells whether it is one of ours.
func (x *flow) accept(data []byte, n int) bool {
	seq, ours := number(data, x.expect)
	if !ours {
		return false
	}
	want := uint64(x.received + n)
	switch {
	case seq < want, x.lab.Lossless && seq != want:
		failf("%s received frame %d, want %d", x.to.name, seq, want)
	case seq >= uint64(x.sent):
		failf("%s received frame %d, only %d were sent", x.to.name, seq, x.sent)
	case len(data) != x.length(int(seq)) || !intact(data, x.expect, seq):
		failf("%s received frame %d with %d bytes, damaged; sent were %d bytes", x.to.name, seq, len(data), x.length(int(seq)))
	}
	x.received += int(seq - want) // the ones before it are lost
	return true
}

// done tells whether every frame has arrived, or is lost if it may be.
func (x *flow) done() bool {
	if x.sent < x.total || len(x.waiting) > 0 {
		return false
	}
	return !x.lab.Faults && x.received >= x.total || !x.lab.Lossless && time.Since(x.heard) > quiet
}

// run moves all frames with one goroutine.
func (x *flow) run() {
	eventually("frames of a flow", func() bool {
		moved := x.send() + x.receive()
		if moved == 0 {
			x.flush()
		}
		return x.done()
	})
}

// flush repeats a kick that may be owed.
func (x *flow) flush() {
	_, err := x.from.tx(nil)
	x.from.alive("TxBurst(nil)", err)
}

// works shows that the pair moves frames both ways.
func (l *lab) works() {
	l.flow(300).run()
	l.back(300).run()
}
