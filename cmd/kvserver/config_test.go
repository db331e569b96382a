package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConfigMessages: each is one line, with the place, the cause and what to do.
func TestConfigMessages(t *testing.T) {
	for _, tc := range []struct {
		file, args, want string
		status           int
	}{
		{"port 1\n\nnonsense 1\n", "", `FILE:3: "nonsense" is no option of this server; take the line out`, 1},
		{"maxmemory 1x\n", "", "FILE:1: maxmemory 1x: argument must be a memory value; correct the value", 1},
		{"maxmemory 1 2\n", "", "FILE:1: maxmemory 1 2: wrong number of arguments; correct the value", 1},
		{"requirepass\n", "", "FILE:1: requirepass: wrong number of arguments; correct the value", 1},
		{"requirepass secret secret\n", "", "FILE:1: requirepass: wrong number of arguments; correct the value", 1},
		{"bind 1.1.1.1 2.2.2.2\n", "", "FILE:1: bind 1.1.1.1 2.2.2.2: the server listens on one address; give one numeric address, or leave the line out and use --listen", 1},
		{"bind localhost\n", "", "FILE:1: bind localhost: that is no address; give one numeric address, or leave the line out and use --listen", 1},
		{"port 0\n", "", "FILE:1: port 0: that is no port; give a number from 1 to 65535, or use --listen with port 0 for a free one", 1},
		{"daemonize yes\n", "", "FILE:1: daemonize yes: the server stays in the foreground; take the line out and start the server under a supervisor, such as systemd", 1},
		{"appendonly yes\n", "", "FILE:1: appendonly yes: there is no append-only file; write appendonly no: the data lives in memory only", 1},
		{"save 1\n", "", "FILE:1: save 1: Invalid save parameters; correct the value", 1},
		{"a \"b\n", "", "FILE:1: the quote \" at byte 3 is not closed; close it on its line, or write the character as \"\\\"\"", 1},
		{"", "--config=/nonexistent/file", "open /nonexistent/file: no such file or directory; name a --config file that can be read", 1},
		{"", "--config=", "--config is empty; name a file, or leave it out", 2},
		{"", "--maxmemory=1q", `--maxmemory "1q": argument must be a memory value; write it as 100mb`, 2},
		{"", "--maxmemory=", "--maxmemory is empty; write it as 100mb, or leave it out", 2},
		{"", "--requirepass=", "--requirepass is empty; choose another, or leave it out", 2},
		{"", "--databases=0", `--databases "0": argument must be between 1 and 1048576 inclusive; give a number from 1 to 1048576`, 2},
		{"", "--listen=x", `--listen "x" is not ADDR:PORT; write it as 127.0.0.1:6379 or [::1]:6379`, 2},
	} {
		args := []string{"kvserver"}
		name := filepath.Join(t.TempDir(), "kv.conf")
		if tc.file != "" {
			if err := os.WriteFile(name, []byte(tc.file), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--config", name)
		}
		if tc.args != "" {
			args = append(args, tc.args)
		}
		var out, errs bytes.Buffer
		status := run(args, &out, &errs)
		want := "kvserver: " + strings.ReplaceAll(tc.want, "FILE", name) + "\n"
		if status != tc.status || errs.String() != want || out.Len() > 0 {
			t.Errorf("status %d, want %d\n got %swant %s", status, tc.status, errs.String(), want)
		}
	}
}

// A file sets options and the address, and flags come first.
func TestConfigFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "kv.conf")
	lines := `# comment
bind 127.0.0.2 -::1
requirepass "a b"
maxmemory 1mb
databases 3
save 900 1
save 300 10
client-output-buffer-limit pubsub 1mb 0 0
`
	if err := os.WriteFile(name, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CATAMARAN_MAXMEMORY", "5mb")
	p := start(t, nil, "--config", name, "--databases", "4")
	c := p.dial()
	c.want("-NOAUTH Authentication required.", "get", "x")
	c.want("OK", "auth", "a b")
	for name, want := range map[string]string{
		"maxmemory": "5242880", "databases": "4", "save": "900 1 300 10", "bind": "127.0.0.1",
		"client-output-buffer-limit": "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 0 0",
	} {
		c.want(name+" "+want, "config", "get", name)
	}
	c.want("OK", "select", "3")
	c.want("-ERR DB index is out of range", "select", "4")
	if info := c.do("info", "server"); !strings.Contains(info, "config_file:"+name+"\r\n") {
		t.Errorf("INFO does not name the file: %s", info)
	}
	if log := p.log.String(); !strings.Contains(log, name+":6: save is accepted and has no effect\n") {
		t.Errorf("the log does not say that save has no effect: %s", log)
	}
}

func TestConfigAddress(t *testing.T) {
	name := filepath.Join(t.TempDir(), "kv.conf")
	if err := os.WriteFile(name, []byte("port 7\nbind 127.0.0.9 -::1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := settings{path: name}
	var addr fileAddr
	if err := s.readFile(&addr); err != nil || addr.addr.String() != "127.0.0.9" || addr.port != 7 {
		t.Errorf("read %v, %v", addr, err)
	}
}
