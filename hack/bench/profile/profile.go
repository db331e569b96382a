// Package profile makes the profile of cmd/echo that the compiler optimises by.
//
//	server, client --cpuprofile FILE  ->  one FILE a process  ->  go tool pprof -proto  ->  default.pgo
//
// A profile names files: those of the source, which are relative to their modules when the program is built with -trimpath,
// and that of the program itself. Of names that begin at the root only the last part is kept, so that a profile that is
// part of the repository tells nothing of the machine that it was made on.
//
// In short: Merge profiles into one that can be published.
package profile

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

// Merge writes the sum of the profiles to the file to, with the Go tool.
func Merge(ctx context.Context, to string, profiles []string) error {
	if len(profiles) == 0 {
		return errors.New("merge profiles: there are none")
	}
	dir, err := os.MkdirTemp("", "profile")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // best effort: it is a temporary directory
	merged := filepath.Join(dir, "merged")
	args := append([]string{"tool", "pprof", "-proto", "-output", merged}, profiles...)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("merge profiles: %w: %s", err, bytes.TrimSpace(out))
	}
	in, err := os.ReadFile(merged)
	if err != nil {
		return err
	}
	stripped, err := Strip(in)
	if err != nil {
		return err
	}
	return os.WriteFile(to, stripped, 0o644)
}

// Strip keeps only the last part of each absolute name in a profile: a gzipped message Profile of pprof's profile.proto.
func Strip(compressed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, fmt.Errorf("read a profile: %w", err)
	}
	in, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("read a profile: %w", err)
	}
	var b bytes.Buffer
	out, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	for len(in) > 0 {
		f, err := next(in)
		if err != nil {
			return nil, err
		}
		raw := in[:f.size]
		if f.number == stringTable && bytes.HasPrefix(f.value, []byte("/")) {
			raw = binary.AppendUvarint(nil, stringTable<<3|lengthDelimited)
			base := path.Base(string(f.value))
			raw = append(binary.AppendUvarint(raw, uint64(len(base))), base...)
		}
		if _, err := out.Write(raw); err != nil {
			return nil, err
		}
		in = in[f.size:]
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// stringTable is the number of Profile.string_table in profile.proto.
const stringTable = 6

// Wire types of protocol buffers (protobuf.dev, Encoding). Fixed ones do not occur in a profile.
const (
	varint          = 0
	lengthDelimited = 2
)

// A field is the first one of a message.
type field struct {
	number uint64
	value  []byte // length-delimited: what is in it
	size   int    // of all of the field
}

func next(b []byte) (field, error) {
	tag, n := binary.Uvarint(b)
	if n <= 0 {
		return field{}, errCut
	}
	f := field{number: tag >> 3}
	v, k := binary.Uvarint(b[n:])
	if k <= 0 {
		return field{}, errCut
	}
	f.size = n + k
	switch tag & 7 {
	case varint:
		return f, nil
	case lengthDelimited:
		if v > uint64(len(b)-f.size) {
			return field{}, errCut
		}
		f.value = b[f.size:][:v]
		f.size += int(v)
		return f, nil
	}
	return field{}, fmt.Errorf("read a profile: field %d has wire type %d", f.number, tag&7)
}

var errCut = errors.New("read a profile: it is cut")
