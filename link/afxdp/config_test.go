package afxdp

import (
	"errors"
	"net/netip"
	"strings"
	"syscall"
	"testing"
)

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		word string // of the error, empty if there must be none
	}{
		{Config{Interface: "x"}, ""},
		{Config{Interface: "x", Frames: 16}, ""},
		{Config{Interface: "x", Frames: 64, RingSize: 32, FrameSize: 4096, MTU: 68, MAC: macA, Addrs: addrsA}, ""},
		{Config{}, "Interface is empty"},
		{Config{Interface: "x", Mode: "fast"}, `Mode is "fast"`},
		{Config{Interface: "x", Frames: 1000}, "Frames is 1000"},
		{Config{Interface: "x", Frames: 8}, "Frames is 8"},
		{Config{Interface: "x", Frames: -4096}, "Frames is -4096"},
		{Config{Interface: "x", Frames: 1 << 21}, "Frames is 2097152"},
		{Config{Interface: "x", FrameSize: 3000}, "FrameSize is 3000"},
		{Config{Interface: "x", FrameSize: 8192}, "FrameSize is 8192"},
		{Config{Interface: "x", RingSize: 100}, "RingSize is 100"},
		{Config{Interface: "x", RingSize: 4}, "RingSize is 4"},
		{Config{Interface: "x", RingSize: 4096}, "RingSize is 4096"},
		{Config{Interface: "x", Frames: 64, RingSize: 64}, "RingSize is 64"},
		{Config{Interface: "x", MTU: 67}, "MTU is 67"},
		{Config{Interface: "x", MTU: -1}, "MTU is -1"},
		{Config{Interface: "x", MAC: []byte{1, 0, 0, 0, 0, 0}}, "MAC is 01:"},
		{Config{Interface: "x", MAC: macA[:5]}, "MAC is"},
		{Config{Interface: "x", Addrs: []netip.Addr{{}}}, "invalid IP"},
		{Config{Interface: "x", Addrs: []netip.Addr{netip.IPv4Unspecified()}}, "0.0.0.0"},
		{Config{Interface: "x", Addrs: []netip.Addr{netip.MustParseAddr("224.0.0.1")}}, "224.0.0.1"},
		{Config{Interface: "x", Addrs: []netip.Addr{netip.MustParseAddr("fe80::1%x")}}, "fe80::1%x"},
		{Config{Interface: "x", Addrs: make([]netip.Addr, 1025)}, "1025 addresses"},
	} {
		err := c.cfg.withDefaults().validate()
		switch {
		case c.word == "" && err != nil:
			t.Errorf("%+v: %v", c.cfg, err)
		case c.word != "" && (err == nil || !strings.Contains(err.Error(), c.word)):
			t.Errorf("%+v: error %v does not say %q", c.cfg, err, c.word)
		}
	}
	_, err := Open(Config{Interface: "x", Mode: "fast", MTU: 1})
	wantError(t, err, syscall.EINVAL, "afxdp: x: configuration: ", `"fast"`, "; ", "MTU is 1")
}

func TestChooseMTU(t *testing.T) {
	for _, c := range []struct{ mtu, frame, ifMTU, wantMTU, wantFrame int }{
		{0, 0, 1500, 1500, 2048},
		{0, 0, 1778, 1778, 2048},
		{0, 0, 1779, 1779, 4096},
		{0, 0, 3826, 3826, 4096},
		{0, 0, 3827, 0, 0},
		{0, 2048, 1779, 0, 0},
		{1500, 0, 9000, 1500, 2048},
		{1501, 0, 1500, 0, 0},
		{0, 4096, 1500, 1500, 4096},
	} {
		mtu, frame, err := chooseMTU(c.mtu, c.frame, c.ifMTU)
		if mtu != c.wantMTU || frame != c.wantFrame || (err != nil) != (c.wantMTU == 0) {
			t.Errorf("%+v: got %d, %d, %v", c, mtu, frame, err)
		}
		if err != nil && !errors.Is(err, syscall.EMSGSIZE) {
			t.Errorf("%+v: %v is not EMSGSIZE", c, err)
		}
	}
}

func TestKernelRelease(t *testing.T) {
	for release, ok := range map[string]bool{
		"5.15.0-91-generic": true, "5.15": true, "6.1.0": true, "6.18.44+": true, "10.0-rc1": true,
		"5.14.21": false, "5.4.0": false, "4.19": false, "": false, "6": false, "6.": false, "linux": false, "99999999999.1": false,
	} {
		err := checkRelease(release)
		if (err == nil) != ok {
			t.Errorf("%q: %v", release, err)
		}
		if err != nil && (!errors.Is(err, syscall.EOPNOTSUPP) || !strings.Contains(err.Error(), "5.15")) {
			t.Errorf("%q: %v", release, err)
		}
	}
}

func FuzzKernelRelease(f *testing.F) {
	f.Add("5.15.0-91-generic")
	f.Fuzz(func(t *testing.T, s string) {
		if major, minor, ok := parseRelease(s); major < 0 || minor < 0 || ok && !strings.Contains(s, ".") {
			t.Errorf("%q: %d, %d, %v", s, major, minor, ok)
		}
	})
}
