package afxdp

import (
	"encoding/binary"
	"errors"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func attr(kind uint16, v ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(v)))
	b = append(binary.NativeEndian.AppendUint16(b, kind), v...)
	return append(b, make([]byte, -len(b)&3)...)
}

func u32(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }

func sampleAttrs() []byte {
	xdp := append(attr(unix.IFLA_XDP_ATTACHED, 2), attr(unix.IFLA_XDP_SKB_PROG_ID, u32(77)...)...)
	b := attr(unix.IFLA_NUM_RX_QUEUES, u32(4)...)
	b = append(b, attr(unix.IFLA_LINKINFO|unix.NLA_F_NESTED, attr(unix.IFLA_INFO_KIND, []byte("veth\x00")...)...)...)
	return append(b, attr(unix.IFLA_XDP|unix.NLA_F_NESTED, xdp...)...)
}

func TestParseIfInfo(t *testing.T) {
	got, err := parseIfInfo(sampleAttrs())
	want := ifInfo{kind: "veth", rxQueues: 4, xdpMode: 2, xdpID: 77}
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if got.modeName() != "generic" || !got.virtual() {
		t.Errorf("mode %q, virtual %v", got.modeName(), got.virtual())
	}
	if (ifInfo{}).virtual() || (ifInfo{xdpMode: 200}).modeName() != "unknown" {
		t.Error("hardware is virtual, or mode 200 has a name")
	}
	for _, bad := range [][]byte{{3, 0, 1, 0}, {9, 0, 1, 0, 1}, attr(unix.IFLA_XDP, 200, 0, 1, 0)} {
		if _, err := parseIfInfo(bad); !errors.Is(err, syscall.EBADMSG) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if got, err := parseIfInfo(attr(unix.IFLA_NUM_RX_QUEUES, 1)); err != nil || got.rxQueues != 0 {
		t.Errorf("a short number gives %+v, %v", got, err)
	}
}

func FuzzParseIfInfo(f *testing.F) {
	f.Add(sampleAttrs())
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := parseIfInfo(b)
		if err == nil && info.modeName() == "" {
			t.Error("a mode without a name")
		}
	})
}
