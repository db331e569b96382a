package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// TestBadServers runs the client against servers of package net that spoil, cut short or never answer.
func TestBadServers(t *testing.T) {
	for _, tc := range []struct {
		name       string
		serve      func(c net.Conn, b []byte)
		errors     uint64
		mismatches uint64
		stderr     string
	}{
		{"flips a byte", func(c net.Conn, b []byte) { b[37] ^= 1; c.Write(b) }, 0, 1, "1 mismatches"},
		{"closes", func(c net.Conn, b []byte) { c.Write(b[:10]); c.Close() }, 1, 0, "closed the connection"},
		{"says nothing", func(net.Conn, []byte) {}, 1, 0, "silent"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				b := make([]byte, 64)
				if _, err := io.ReadFull(c, b); err == nil {
					tc.serve(c, b)
				}
				io.Copy(io.Discard, c) // until the client is gone
			}()
			r, status, stderr := runReport(t, "--connect", l.Addr().String(), "--count", "1", "--timeout", "500ms")
			if status != 1 || r.Errors != tc.errors || r.Mismatches != tc.mismatches || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("status %d, %+v, %q", status, r, stderr)
			}
			l.Close()
			<-done
		})
	}
}

// TestBadDatagrams runs the client against servers that answer by UDP, and before the intact answer send something else.
func TestBadDatagrams(t *testing.T) {
	for _, tc := range []struct {
		name       string
		size       string
		also       func(b []byte) []byte
		mismatches uint64
	}{
		{"echo", "64", func(b []byte) []byte { return nil }, 0},
		{"number of no request", "64", func(b []byte) []byte { b[7] ^= 1; return b }, 1},
		{"cut", "64", func(b []byte) []byte { return b[:20] }, 1},
		{"longer", "64", func(b []byte) []byte { return append(b, 0) }, 1},
		{"flips a byte", "64", func(b []byte) []byte { b[37] ^= 1; return b }, 1},
		{"short, longer", "4", func(b []byte) []byte { return append(b, 0) }, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			go func() {
				b := make([]byte, 100)
				for {
					n, from, err := c.ReadFrom(b)
					if err != nil {
						return
					}
					if bad := tc.also(bytes.Clone(b[:n])); bad != nil {
						c.WriteTo(bad, from)
					}
					c.WriteTo(b[:n], from)
				}
			}()
			r, status, stderr := runReport(t, "--proto", "udp", "--connect", c.LocalAddr().String(), "--count", "1", "--size", tc.size, "--timeout", "10s")
			if r.Requests != 1 || r.Mismatches != tc.mismatches || r.Errors != 0 || (status == 1) != (tc.mismatches > 0) {
				t.Errorf("status %d, %+v, %q", status, r, stderr)
			}
		})
	}
}

// TestLateDatagrams answers a request after it was given up: the late answer is checked, too.
func TestLateDatagrams(t *testing.T) {
	for mask, mismatches := range map[byte]uint64{0: 0, 1: 1} {
		t.Run(fmt.Sprint(mismatches), func(t *testing.T) {
			c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			go func() {
				first, b := make([]byte, 64), make([]byte, 64)
				if _, _, err := c.ReadFrom(first); err != nil {
					return
				}
				first[37] ^= mask
				if _, from, err := c.ReadFrom(b); err == nil { // the second request is sent when the first is given up
					c.WriteTo(first, from)
					c.WriteTo(b, from)
				}
			}()
			r, status, stderr := runReport(t, "--proto", "udp", "--connect", c.LocalAddr().String(), "--count", "2", "--timeout", "1s")
			if status != 1 || r.Requests != 1 || r.Errors != 1 || r.Mismatches != mismatches {
				t.Errorf("status %d, %+v, %q", status, r, stderr)
			}
		})
	}
}
