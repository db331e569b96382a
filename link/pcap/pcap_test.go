package pcap

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catamaran-os/catamaran/internal/require"
	"github.com/catamaran-os/catamaran/link"
	"github.com/catamaran-os/catamaran/link/pipe"
)

// clock stands still.
func clock() time.Time { return time.Unix(0x01020304, 0x05060708) }

func open(t *testing.T, w io.Writer, cfg Config, pc pipe.Config) (captured *Device, peer *pipe.Device) {
	t.Helper()
	a, b, err := pipe.New(pc)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Now == nil {
		cfg.Now = clock
	}
	d, err := New(a, w, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close(); b.Close() })
	return d, b
}

func send(t *testing.T, q link.Queue, payloads ...string) (n int) {
	t.Helper()
	f := make([]link.Frame, len(payloads))
	if n := q.Alloc(f); n != len(f) {
		t.Fatalf("Alloc gave out %d frames, want %d", n, len(f))
	}
	for i := range f {
		f[i].Data = append(f[i].Data, payloads[i]...)
	}
	n, err := q.TxBurst(f)
	if err != nil {
		t.Fatal(err)
	}
	q.Free(f[n:])
	return n
}

func receive(t *testing.T, q link.Queue) (n int) {
	t.Helper()
	var f [64]link.Frame
	n, err := q.RxBurst(f[:])
	if err != nil {
		t.Fatal(err)
	}
	q.Free(f[:n])
	return n
}

func TestGolden(t *testing.T) {
	var file bytes.Buffer
	d, peer := open(t, &file, Config{SnapLen: 6}, pipe.Config{})
	send(t, peer.Queue(0), "received")
	receive(t, d.Queue(0))
	send(t, d.Queue(0), "sent")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	want := "4d3cb2a1" + "0200" + "0400" + "00000000" + "00000000" + "06000000" + "01000000" +
		"04030201" + "08070605" + "06000000" + "08000000" + hex.EncodeToString([]byte("receiv")) +
		"04030201" + "08070605" + "04000000" + "04000000" + hex.EncodeToString([]byte("sent"))
	if got := hex.EncodeToString(file.Bytes()); got != want {
		t.Errorf("capture is\n%s, want\n%s", got, want)
	}
	if c := d.Counters(); c != (Counters{Frames: 2}) {
		t.Errorf("counters are %+v", c)
	}
}

// TestBackpressure offers the same frames until they are taken: each is captured once.
func TestBackpressure(t *testing.T) {
	for _, buffer := range []int{1530, 1600, 1 << 16} {
		var file bytes.Buffer
		d, peer := open(t, &file, Config{Buffer: buffer}, pipe.Config{Frames: 64, Ring: 4})
		var f [20]link.Frame
		d.Queue(0).Alloc(f[:])
		for i := range f {
			f[i].Data = append(f[i].Data, strings.Repeat(string(rune('a'+i)), 500)...)
		}
		for rest := f[:]; len(rest) > 0; {
			n, err := d.Queue(0).TxBurst(rest)
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			receive(t, peer.Queue(0))
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(&file)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f {
			p, err := r.Next()
			if err != nil || len(p.Data) != 500 || p.Data[0] != byte('a'+i) || !p.Time.Equal(clock()) {
				t.Fatalf("buffer %d: record %d is %+v, %v", buffer, i, p, err)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("buffer %d: after the last record: %v, want EOF", buffer, err)
		}
	}
}

func TestWriteError(t *testing.T) {
	d, peer := open(t, &failing{left: 100}, Config{Buffer: 1530}, pipe.Config{})
	passed := 0
	for range 50 {
		passed += send(t, d.Queue(0), strings.Repeat("x", 1000))
		passed += receive(t, peer.Queue(0))
	}
	if passed != 100 {
		t.Errorf("%d frames passed after the writer failed, want 100", passed)
	}
	if err := d.Close(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("Close returned %v, want the writer's error", err)
	}
	if c := d.Counters(); c != (Counters{Lost: 50}) {
		t.Errorf("counters are %+v, want 50 lost", c)
	}
	if err := d.Close(); err != nil {
		t.Errorf("second Close returned %v", err)
	}
}

// TestArm shows that a capture can be read while its device sleeps.
func TestArm(t *testing.T) {
	var file bytes.Buffer
	d, _ := open(t, &file, Config{}, pipe.Config{})
	send(t, d.Queue(0), "x")
	if file.Len() != fileHeaderLen {
		t.Errorf("%d bytes are written in a burst", file.Len()-fileHeaderLen)
	}
	if _, ok := d.Queue(0).Arm(); !ok {
		t.Fatal("Arm reports progress")
	}
	if file.Len() != fileHeaderLen+recordHeaderLen+1 {
		t.Errorf("%d bytes are written by Arm, want %d", file.Len()-fileHeaderLen, recordHeaderLen+1)
	}
}

func TestConfig(t *testing.T) {
	a, b, err := pipe.New(pipe.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	defer b.Close()
	for _, cfg := range []Config{{SnapLen: -1}, {SnapLen: maxSnapLen + 1}, {Buffer: 1529}, {Buffer: maxBuffer + 1}} {
		if _, err := New(a, io.Discard, cfg); err == nil {
			t.Errorf("%+v is accepted", cfg)
		}
	}
	if _, err := New(nil, io.Discard, Config{}); err == nil {
		t.Error("no device is accepted")
	}
	if _, err := New(a, &failing{}, Config{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a writer that fails: %v", err)
	}
}

// TestTcpdump has another program read a capture.
func TestTcpdump(t *testing.T) {
	tcpdump, err := exec.LookPath("tcpdump")
	if err != nil {
		require.Skip(t, "tcpdump is not installed")
	}
	name := filepath.Join(t.TempDir(), "capture.pcap")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := open(t, file, Config{}, pipe.Config{})
	// An ARP request, RFC 826, for 192.0.2.1 from 192.0.2.2.
	arp, err := hex.DecodeString("ffffffffffff0200000000010806" + "0001080006040001" + "020000000001c0000202" + "000000000000c0000201")
	if err != nil {
		t.Fatal(err)
	}
	send(t, d.Queue(0), string(arp))
	if err := errors.Join(d.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tcpdump, "-r", name, "-e", "-n", "-tt", "--nano").CombinedOutput()
	if err != nil {
		t.Fatalf("tcpdump: %v\n%s", err, out)
	}
	for _, want := range []string{"16909060.084281096", "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff", "length 42", "who-has 192.0.2.1 tell 192.0.2.2"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("tcpdump does not show %q:\n%s", want, out)
		}
	}
}

func TestReaderRejects(t *testing.T) {
	header := string(appendFileHeader(nil, 100))
	record := string(appendRecord(nil, clock(), []byte("frame"), 100))
	for _, tt := range []struct {
		name, file string
		want       error
	}{
		{"empty", "", io.EOF},
		{"half a header", header[:10], io.ErrUnexpectedEOF},
		{"magic", "\x00" + header[1:], ErrFormat},
		{"version", header[:4] + "\x03" + header[5:], ErrFormat},
		{"link type", header[:20] + "\x71" + header[21:], ErrFormat},
		{"half a record header", header + record[:8], io.ErrUnexpectedEOF},
		{"no data", header + record[:16], io.ErrUnexpectedEOF},
		{"half the data", header + record[:18], io.ErrUnexpectedEOF},
		{"captured more than the snap length", header + record[:8] + "\x65\x00\x00\x00\xff" + record[13:], ErrFormat},
		{"captured more than there was", header + record[:8] + "\x06" + record[9:], ErrFormat},
		{"more than a second", header + record[:4] + "\xff\xff\xff\xff" + record[8:], ErrFormat},
	} {
		r, err := NewReader(strings.NewReader(tt.file))
		if err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestReaderByteOrder reads microseconds written big-endian.
func TestReaderByteOrder(t *testing.T) {
	file, err := hex.DecodeString("a1b2c3d4" + "0002" + "0004" + "0000000000000000" + "00000064" + "00000001" +
		"00000007" + "00000008" + "00000002" + "00000009" + "abcd")
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Next()
	if err != nil || !p.Time.Equal(time.Unix(7, 8000)) || p.Length != 9 || !bytes.Equal(p.Data, []byte{0xab, 0xcd}) {
		t.Errorf("record is %+v, %v", p, err)
	}
}

// FuzzReader checks that what is read can be written and read again, and that nothing else happens.
func FuzzReader(f *testing.F) {
	file := appendFileHeader(nil, 100)
	f.Add(file)
	f.Add(appendRecord(file, clock(), []byte("frame"), 3))
	f.Add(appendRecord(appendRecord(file, clock(), nil, 3), clock(), make([]byte, 200), 100))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		for read := fileHeaderLen; ; {
			p, err := r.Next()
			if err != nil {
				return
			}
			if read += recordHeaderLen + len(p.Data); read > len(data) {
				t.Fatalf("read %d bytes of %d", read, len(data))
			}
			if len(p.Data) > maxSnapLen || len(p.Data) > p.Length {
				t.Fatalf("record of %d bytes from a frame of %d", len(p.Data), p.Length)
			}
			again, err := NewReader(bytes.NewReader(appendRecord(appendFileHeader(nil, maxSnapLen), p.Time, p.Data, maxSnapLen)))
			if err != nil {
				t.Fatal(err)
			}
			q, err := again.Next()
			if err != nil || !q.Time.Equal(p.Time) || !bytes.Equal(q.Data, p.Data) {
				t.Fatalf("wrote %+v, read %+v, %v", p, q, err)
			}
		}
	})
}
