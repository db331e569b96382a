package suite

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/catamaran-os/catamaran/hack/bench/load"
)

// Profile runs cmd/echo at both ends, over AF_XDP and over kernel sockets, and returns the CPU profiles that they wrote to
// dir. Both stacks and both ends count alike, since each runs for the same time. Latency, many connections and large
// requests are all in it.
func (r *Runner) Profile(ctx context.Context, o *Options, dir string) (files []string, err error) {
	for _, shape := range []struct {
		conns int
		size  string
	}{{1, "64"}, {64, "64"}, {4, "32768"}} {
		j := &job{o, load.Echo, shape.conns}
		c := &Case{Suite: "profile", Title: fmt.Sprintf("%d connections, %s bytes", shape.conns, shape.size), Load: j.kind}
		for _, e := range []*Entrant{j.ours(Ours, "inline"), j.oursKernel()} {
			e.client.argv = append(e.client.argv, "--size", shape.size)
			for _, p := range []*program{&e.server, &e.client} {
				name := filepath.Join(dir, fmt.Sprintf("%d.prof", len(files)))
				files = append(files, name)
				p.argv = append(p.argv, "--cpuprofile", name)
			}
			t, err := r.turn(ctx, c, e, o)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", c.Title, e.Name(), err)
			}
			fmt.Fprintf(r.Progress, "%s: %s: %.0f requests/s\n", c.Title, e.Name(), t.Result.Rate)
		}
	}
	return files, nil
}
