package inline

import (
	"reflect"
	"strings"
	"testing"

	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

// A gVisor that cannot be processed inline is not pinned by accident: everything would still work, ten times slower.
func TestCheck(t *testing.T) {
	if err := check(); err != nil {
		t.Fatalf("this gVisor's TCP cannot be processed inline; adapt the files *_unsafe.go before pinning it: %v", err)
	}
}

// Endpoints of another shape are refused, with the field that is missed.
func TestOffsets(t *testing.T) {
	if _, err := findOffsets(reflect.TypeFor[tcp.Endpoint]()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		typ  reflect.Type
		want string
	}{
		{reflect.TypeFor[struct{}](), "segmentQueue"},
		{reflect.TypeFor[struct{ segmentQueue int }](), "segmentQueue"},
	} {
		if _, err := findOffsets(tt.typ); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want an error that names %s", tt.typ, err, tt.want)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	for b.Loop() {
		if err := check(); err != nil {
			b.Fatal(err)
		}
	}
}
