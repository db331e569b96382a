package integration

import (
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
)

// A server whose interface is removed says so and ends, also while it sleeps.
func TestInterfaceRemoved(t *testing.T) {
	for _, proto := range []string{"tcp", "udp"} {
		l := newLab(t)
		srv := l.b.startServer(t, append(l.b.afxdp(), "--proto", proto, "--listen", hostPort(l.b.l4, 7))...)
		err := l.b.Do(func() error {
			link, err := netlink.LinkByName(l.b.dev)
			if err != nil {
				return err
			}
			return netlink.LinkDel(link)
		})
		if err != nil {
			t.Fatal(err)
		}
		<-srv.done
		if srv.err == nil || srv.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(srv.stderr.String(), "interface was removed") {
			t.Errorf("%s: %v\n%s", proto, srv.err, srv.stderr.String())
		}
	}
}
