package netstack_test

import (
	"testing"

	"github.com/catamaran-os/catamaran/libos/netstack"
	"github.com/catamaran-os/catamaran/libos/netstack/scripttest"
)

// TestNarrowWindow: a window is taken back to less than a segment (RFC 9293 section 3.8.6), and what was sent is lost. What
// fits into the window is sent again, also to a peer without SACK, and a peer that does not answer is given up. gVisor alone
// sends nothing any more, so this is no script of TestProtocol.
func TestNarrowWindow(t *testing.T) {
	for name, options := range map[string]string{"plain": "mss:1000", "SACK": "mss:1036,sack"} {
		t.Run(name, func(t *testing.T) {
			s, err := scripttest.Parse(`# see above
hosts a
a: listen 7
a: accept
inject b.4000 > a.7: [S] seq 0 win 4000 opts ` + options + `
inject b.4000 > a.7: [.] seq 1 ack 1 win 4000
a: await accept -> ok
a: push 3000 -> ok
expect a.7 > b.4000: data seq 2001
inject b.4000 > a.7: [.] seq 1 ack 1001 win 500
expect a.7 > b.4000: data seq 1001
inject b.4000 > a.7: [.] seq 1 ack 1501 win 500
expect a.7 > b.4000: data seq 1501
a: pop 1 -> ETIMEDOUT`)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range s.Families() {
				if trace, err := s.Run(f, netstack.TCPInline); err != nil {
					t.Errorf("%v: %v\n%s", f, err, trace)
				}
			}
		})
	}
}
