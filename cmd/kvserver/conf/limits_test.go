package conf

import (
	"strings"
	"testing"
)

// What is taken, and the texts, were taken from redis-server 7.0.15, but for seconds that do not fit.
func TestLimitsSet(t *testing.T) {
	const slave, pubsub = " slave 268435456 67108864 60", " pubsub 33554432 8388608 60"
	for _, tc := range []struct {
		value, want string
		err         error
	}{
		{"", "normal 0 0 0" + slave + pubsub, nil},
		{"normal 1 2 3", "normal 1 2 3" + slave + pubsub, nil},
		{"NORMAL 1kb 2mb 3", "normal 1024 2097152 3" + slave + pubsub, nil},
		{"replica 1 2 3", "normal 0 0 0 slave 1 2 3" + pubsub, nil},
		{"slave 1 2 4 PubSub 5 6 7", "normal 0 0 0 slave 1 2 4 pubsub 5 6 7", nil},
		{"normal 1 2 3 normal 4 5 6", "normal 4 5 6" + slave + pubsub, nil},
		{"normal 18446744073709551615 1 1", "normal 18446744073709551615 1 1" + slave + pubsub, nil},
		{"normal mb 1 1", "normal 0 1 1" + slave + pubsub, nil},
		{"normal 1 2 ", "normal 1 2 0" + slave + pubsub, nil},
		{"normal 1  3", "normal 1 0 3" + slave + pubsub, nil},
		{"normal 1 2 +5", "normal 1 2 5" + slave + pubsub, nil},
		{"normal 1 2 -0", "normal 1 2 0" + slave + pubsub, nil},
		{"normal 1 2 \t8", "normal 1 2 8" + slave + pubsub, nil},
		{"normal 1 2 2147483647", "normal 1 2 2147483647" + slave + pubsub, nil},
		{" ", "", ErrLimitArgs},
		{"normal 1 2", "", ErrLimitArgs},
		{"normal 1 2 3 ", "", ErrLimitArgs},
		{"normal  1 2 3", "", ErrLimitArgs},
		{"master 1 2 3", "", ErrLimitClass},
		{"normal 9 9 9 x 1 2 3", "", ErrLimitClass},
		{"x -1 -1 -1", "", ErrLimitClass},
		{"\"normal\" 1 2 3", "", ErrLimitClass},
		{"normal -1 2 3", "", ErrLimitValue},
		{"normal 1 2x 3", "", ErrLimitValue},
		{"normal 1 2 -1", "", ErrLimitValue},
		{"normal 1 2 3x", "", ErrLimitValue},
		{"normal 1 2 0x1", "", ErrLimitValue},
		{"normal 1 2 +", "", ErrLimitValue},
		{"normal 1 2 \t", "", ErrLimitValue},
		{"normal 1 2 2147483648", "", ErrLimitValue},
		{"normal 1 2 99999999999999999999", "", ErrLimitValue},
		{"normal 1 2 -99999999999999999999", "", ErrLimitValue},
		{"normal 1 2 3 normal 1 2 -1", "", ErrLimitValue},
	} {
		l := DefaultLimits()
		err := l.Set(tc.value)
		if tc.err != nil {
			tc.want = DefaultLimits().String()
		}
		if err != tc.err || l.String() != tc.want {
			t.Errorf("%q: %v %v, want %s %v", tc.value, l, err, tc.want, tc.err)
		}
	}
}

func TestLimitsErrors(t *testing.T) {
	for err, want := range map[error]string{
		ErrLimitArgs:  "Wrong number of arguments in buffer limit configuration.",
		ErrLimitClass: "Invalid client class specified in buffer limit configuration.",
		ErrLimitValue: "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

// TestLimitsArgs: in a file the words stand apart, or in one quoted argument.
func TestLimitsArgs(t *testing.T) {
	for _, tc := range []struct {
		line string
		want Limit // of PubSub
		err  error
	}{
		{"l pubsub 1 2 3", Limit{1, 2, 3}, nil},
		{"l normal 0 0 0   pubsub 1mb 512k 3", Limit{1 << 20, 512000, 3}, nil},
		{`l "pubsub 1 2 3"`, Limit{1, 2, 3}, nil},
		{"l", DefaultLimits()[PubSub], nil},
		{`l ""`, DefaultLimits()[PubSub], ErrLimitArgs},
		{`l "pubsub 1" 2 3`, DefaultLimits()[PubSub], ErrLimitArgs},
		{"l pubsub 1 2 3 normal", DefaultLimits()[PubSub], ErrLimitArgs},
		{"l pubsub 1 2 3 master 0 0 0", DefaultLimits()[PubSub], ErrLimitClass},
	} {
		d, err := Parse(strings.NewReader(tc.line), "kv.conf")
		if err != nil {
			t.Fatal(err)
		}
		l := DefaultLimits()
		if err := l.SetArgs(d[0].Args); err != tc.err || l[PubSub] != tc.want {
			t.Errorf("%s: %v %v, want %v %v", tc.line, l, err, tc.want, tc.err)
		}
	}
}

// FuzzLimits: what is taken is printed in a form that is taken, and says the same.
func FuzzLimits(f *testing.F) {
	for _, value := range []string{"normal 1kb 2 3", "replica 1 2 3 pubsub 4 5 6", "slave 0 0 +1", "master 0 0 0", "normal 1 2 "} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		l := DefaultLimits()
		if err := l.Set(value); err != nil {
			if l != DefaultLimits() {
				t.Fatalf("%q: %v, but changed to %v", value, err, l)
			}
			return
		}
		var same Limits
		if err := same.Set(l.String()); err != nil || same != l {
			t.Errorf("%q: %v, then %v %v", value, l, same, err)
		}
	})
}
