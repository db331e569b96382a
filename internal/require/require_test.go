package require

import (
	"fmt"
	"testing"
)

// recorder notes how Skip ends a test, without ending this one.
type recorder struct {
	testing.TB
	fatal, skip string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatal(args ...any) {
	r.fatal = fmt.Sprint(args...)
	panic(r)
}

func (r *recorder) Skip(args ...any) {
	r.skip = fmt.Sprint(args...)
	panic(r)
}

func end(t *testing.T, reason string) (r *recorder) {
	r = &recorder{TB: t}
	defer func() {
		if recover() != any(r) {
			t.Error("Skip returned")
		}
	}()
	Skip(r, reason)
	return r
}

func TestSkip(t *testing.T) {
	for _, tt := range []struct {
		env, fatal, skip string
	}{
		{"", "", "no device"},
		{"some", "", "no device"},
		{"all", "CATAMARAN_REQUIRE=all allows no skip: no device", ""},
	} {
		t.Setenv("CATAMARAN_REQUIRE", tt.env)
		r := end(t, "no device")
		if r.fatal != tt.fatal || r.skip != tt.skip {
			t.Errorf("CATAMARAN_REQUIRE=%q: fatal %q skip %q, want fatal %q skip %q", tt.env, r.fatal, r.skip, tt.fatal, tt.skip)
		}
	}
}
