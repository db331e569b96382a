package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The server of README.md, with the names of the lab, compiles and serves over AF_XDP and over kernel sockets.
func TestReadmeServer(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, server, found := strings.Cut(string(readme), "```go\n")
	server, _, closed := strings.Cut(server, "```\n")
	if !found || !closed {
		t.Fatal("README.md has no Go code")
	}
	l := newLab(t)
	replace := func(s, old, new string) string {
		t.Helper()
		if !strings.Contains(s, old) {
			t.Fatalf("the server has no %s:\n%s", old, s)
		}
		return strings.ReplaceAll(s, old, new)
	}
	_, rest, _ := strings.Cut(server, "api.Open(")
	config, _, _ := strings.Cut(rest, ")}})")
	for _, tc := range []struct{ name, addr, config string }{
		{"AF_XDP", l.b.l4, replace(config, "eth0", l.b.dev) + ")}}"},
		{"kernel", l.b.v4, "api.Config{}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body := replace(replace(server, config+")}}", tc.config), "10.0.0.7", tc.addr)
			loop := "for results :="
			body = replace(body, loop, "log.Print(\"listening\")\n"+loop) // it accepts, and begins to wait
			src := filepath.Join(t.TempDir(), "main.go")
			exe := filepath.Join(t.TempDir(), "server")
			program := "package main\n\nimport (\n\t\"log\"\n\t\"net/netip\"\n\n\t\"github.com/catamaran-os/catamaran/api\"\n)\n\n" +
				"var _ netip.Prefix\n\nfunc check(err error) {\n\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n}\n\nfunc main() {\n" + body + "}\n"
			if err := os.WriteFile(src, []byte(program), 0o644); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("go", "build", "-o", exe, src).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s\n%s", err, out, program)
			}
			p := l.b.start(t, exe)
			p.says(t, "listening")
			addr := hostPort(tc.addr, 7)
			data := random(300_000)
			if got := l.a.socat(t, addr, data); got != string(data) {
				t.Errorf("socat: %d bytes came back, equal %v", len(got), got == string(data))
			}
			l.a.client(t, 200, "--connect", addr, "--conns", "8", "--size", "100000")
			select {
			case <-p.done:
				t.Errorf("the server ended: %v\n%s", p.err, p.stderr.String())
			default:
			}
		})
	}
}
