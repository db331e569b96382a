package conf

import (
	"fmt"
	"strconv"
	"strings"
)

// A Class is a class of clients in client-output-buffer-limit.
type Class int

// The classes, in the order in which Redis prints them.
const (
	Normal  Class = iota
	Replica       // written as slave or replica, printed as slave
	PubSub
	classes int = iota
)

var classNames = [classes]string{"normal", "slave", "pubsub"}

func (c Class) String() string { return classNames[c] }

// A Limit bounds the output that waits for a client to read it. The client is cut when that exceeds Hard bytes, or Soft
// bytes for longer than Seconds without a break. 0 bytes are no limit.
type Limit struct {
	Hard, Soft uint64
	Seconds    int32
}

// Limits is the value of client-output-buffer-limit, by Class.
type Limits [classes]Limit

// DefaultLimits are those of Redis.
func DefaultLimits() Limits {
	return Limits{Replica: {256 << 20, 64 << 20, 60}, PubSub: {32 << 20, 8 << 20, 60}}
}

// What Set and SetArgs return.
const (
	ErrLimitArgs  = message("Wrong number of arguments in buffer limit configuration.")
	ErrLimitClass = message("Invalid client class specified in buffer limit configuration.")
	ErrLimitValue = message("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
)

// String returns all classes as CONFIG GET does: class, hard, soft, seconds, and so on.
func (l Limits) String() string {
	var b strings.Builder
	for c, v := range l {
		if c > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%v %d %d %d", Class(c), v.Hard, v.Soft, v.Seconds)
	}
	return b.String()
}

// Set changes what the value of a CONFIG SET names: class, hard, soft and seconds, once or more, with one space between two
// words. After an error nothing is changed. A value that is empty changes nothing.
func (l *Limits) Set(value string) error {
	if value == "" {
		return nil
	}
	return l.set(strings.Split(value, " "))
}

// SetArgs changes what the arguments of a line in a file name: the words, or one argument with all of them as in Set.
func (l *Limits) SetArgs(args []string) error {
	if len(args) == 1 {
		args = strings.Split(args[0], " ")
	}
	return l.set(args)
}

func (l *Limits) set(args []string) error {
	if len(args)%4 != 0 {
		return ErrLimitArgs
	}
	next := *l
	for ; len(args) > 0; args = args[4:] {
		class, ok := parseClass(args[0])
		if !ok {
			return ErrLimitClass
		}
		hard, err1 := ParseSize(args[1])
		soft, err2 := ParseSize(args[2])
		seconds, ok := parseSeconds(args[3])
		if err1 != nil || err2 != nil || !ok {
			return ErrLimitValue
		}
		next[class] = Limit{Hard: hard, Soft: soft, Seconds: seconds}
	}
	*l = next
	return nil
}

func parseClass(name string) (Class, bool) {
	switch lower(name) {
	case "normal":
		return Normal, true
	case "slave", "replica":
		return Replica, true
	case "pubsub":
		return PubSub, true
	}
	return 0, false
}

// parseSeconds takes what strtoll(3) takes, which is also white space and a sign in front, and nothing at all for 0. What
// does not fit is refused; Redis cuts it to 32 bits.
func parseSeconds(text string) (int32, bool) {
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(strings.TrimLeft(text, " \t\n\v\f\r"), 10, 32)
	return int32(n), err == nil && n >= 0
}
