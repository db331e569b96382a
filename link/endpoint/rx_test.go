package endpoint

import (
	"bytes"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip"

	"github.com/catamaran-os/catamaran/link/pipe"
)

func TestReceive(t *testing.T) {
	f := newFixture(t, pipe.Config{}, Options{})
	tcp := ip4(protoTCP, transport(protoTCP, false, "hello"))
	fragment := with(tcp, true, set(6, 0x20))
	type want struct {
		counter  *uint64
		verified bool
		typ      tcpip.PacketType
	}
	s := &f.e.stats
	for i, c := range []struct {
		b []byte
		want
	}{
		{frame(macOurs, typeIPv4, tcp), want{&s.RxDelivered, true, tcpip.PacketHost}},
		{frame(macAll, typeIPv4, fragment), want{&s.RxDelivered, false, tcpip.PacketBroadcast}},
		{frame(macGroup, typeIPv4, tcp), want{&s.RxDelivered, true, tcpip.PacketMulticast}},
		{frame(macOurs, typeARP, make([]byte, 28)), want{&s.RxDelivered, false, tcpip.PacketHost}},
		{frame(macOther, typeIPv4, tcp), want{counter: &s.RxNotOurs}},
		{frame(macOurs, typeIPv4, with(tcp, false, flip(44))), want{counter: &s.RxBadChecksum}},
		{frame(macOurs, typeIPv4, with(tcp, true, set(8, 0))), want{counter: &s.RxMalformed}},
		{frame(macOurs, typeIPv4, tcp[:30]), want{counter: &s.RxTooShort}},
		{macOurs, want{counter: &s.RxTooShort}},
		{frame(macOurs, 0x88cc, tcp), want{counter: &s.RxUnknownType}},
	} {
		f.sink.got = nil
		before := *c.counter
		f.inject(c.b)
		if n, err := f.e.Poll(64); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if *c.counter != before+1 {
			t.Errorf("case %d is not counted: %+v", i, f.e.Stats())
		}
		if c.typ == 0 != (len(f.sink.got) == 0) && c.counter != &s.RxDelivered {
			t.Errorf("case %d: delivered %d", i, len(f.sink.got))
		}
		if c.counter == &s.RxDelivered {
			if len(f.sink.got) != 1 {
				t.Fatalf("case %d is not delivered", i)
			}
			g := f.sink.got[0]
			if g.verified != c.verified || g.typ != c.typ || !bytes.Equal(g.data, c.b) {
				t.Errorf("case %d: delivered %+v", i, g)
			}
		}
	}
	st := f.e.Stats()
	if sum := st.RxDelivered + st.RxNotOurs + st.RxTooShort + st.RxMalformed + st.RxBadChecksum + st.RxUnknownType; sum != st.RxFrames {
		t.Errorf("counters sum to %d, want %d", sum, st.RxFrames)
	}
}

// TestDetach: a packet that makes the stack go away ends the deliveries.
func TestDetach(t *testing.T) {
	f := newFixture(t, pipe.Config{}, Options{})
	f.sink.then = func() { f.e.Attach(nil) }
	for range 3 {
		f.inject(frame(macOurs, typeARP, nil))
	}
	if n, err := f.e.Poll(64); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if s := f.e.Stats(); s.RxDelivered != 1 || s.RxDetached != 2 || f.e.IsAttached() {
		t.Errorf("%+v", s)
	}
	if f.e.IsAttached() {
		t.Error("attached")
	}
}
