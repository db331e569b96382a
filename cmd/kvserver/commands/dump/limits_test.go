package dump

import (
	"bytes"
	"errors"
	"testing"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
	"github.com/catamaran-os/catamaran/cmd/kvserver/enginetest"
	"github.com/catamaran-os/catamaran/cmd/kvserver/rdb"
)

// A short payload does not become a large value.
func TestExpansionIsBounded(t *testing.T) {
	d := enginetest.New(t, Commands)
	c := &engine.Call{E: d.E, DB: d.E.Store.DB(0)}
	var enc rdb.Encoder
	enc.WriteType(rdb.List)
	enc.WriteLen(100)
	for range 100 {
		enc.WriteString(bytes.Repeat([]byte("x"), 10_000))
	}
	p := enc.Finish()
	if len(p) > 20_000 {
		t.Fatalf("the payload has %d bytes", len(p))
	}
	if _, err := loadWithin(c, p, 999_999); !errors.Is(err, errData) {
		t.Errorf("a million bytes within 999999: %v", err)
	}
	v, err := loadWithin(c, p, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	v.Discard()
	d.E.Config.ProtoMaxBulkLen = 9_999
	if _, err := loadWithin(c, p, 1_000_000); !errors.Is(err, rdb.ErrTooLong) {
		t.Errorf("strings of more than proto-max-bulk-len: %v", err)
	}
	if used := d.E.Store.Heap.Used(); used > 0 {
		t.Errorf("%d bytes are left behind", used)
	}
}
