package netnstest

import (
	"net"
	"testing"
)

// A namespace has a loopback interface of its own, and what runs in it sees nothing else.
func TestNS(t *testing.T) {
	NeedRoot(t)
	ns, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	var inside []net.Interface
	if err := ns.Do(func() (err error) {
		inside, err = net.Interfaces()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(inside) != 1 || inside[0].Name != "lo" || inside[0].Flags&net.FlagUp != 0 {
		t.Errorf("interfaces inside: %+v, want lo alone, down", inside)
	}
	ns.Close()
	if ns.Do(func() error { return nil }) == nil {
		t.Error("a closed namespace can be entered")
	}
}
