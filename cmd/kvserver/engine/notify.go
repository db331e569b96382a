package engine

import (
	"strconv"
	"strings"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
)

// A Class is a set of kinds of events of keys: notify-keyspace-events in redis.conf.
type Class uint32

// Classes of events, with their letters.
const (
	NotifyKeyspace Class = 1 << iota // K: publish to the channel of the key
	NotifyKeyevent                   // E: publish to the channel of the event
	NotifyGeneric                    // g
	NotifyString                     // $
	NotifyList                       // l
	NotifySet                        // s
	NotifyHash                       // h
	NotifyZSet                       // z
	NotifyExpired                    // x
	NotifyEvicted                    // e
	NotifyStream                     // t
	NotifyKeyMiss                    // m
	NotifyModule                     // d
	NotifyNew                        // n
	NotifyAll      = NotifyGeneric | NotifyString | NotifyList | NotifySet | NotifyHash | NotifyZSet | NotifyExpired | NotifyEvicted |
		NotifyStream | NotifyModule // A
)

const classLetters = "KEg$lshzxetmdn"

// aloneLetters are shown unless all of NotifyAll is; endLetters always.
const (
	aloneLetters = "g$lshzxetdn"
	endLetters   = "KEm"
)

// ParseClass parses the letters of notify-keyspace-events.
func ParseClass(text string) (Class, bool) {
	var class Class
	for _, ch := range text {
		if ch == 'A' {
			class |= NotifyAll
			continue
		}
		known := false
		for i, letter := range classLetters {
			if ch == letter {
				class |= 1 << i
				known = true
			}
		}
		if !known {
			return 0, false
		}
	}
	return class, true
}

// String returns the letters as CONFIG GET has them. Like Redis 7.0 it leaves n out if there is an A.
func (c Class) String() string {
	letters := aloneLetters + endLetters
	var b []byte
	if c&NotifyAll == NotifyAll {
		b = append(b, 'A')
		letters = endLetters
	}
	for _, letter := range []byte(letters) {
		if c&(1<<strings.IndexByte(classLetters, letter)) != 0 {
			b = append(b, letter)
		}
	}
	return string(b)
}

// Notify publishes an event of a key if notify-keyspace-events asks for it.
func (e *Engine) Notify(class Class, event string, key []byte, db *keyspace.DB) {
	on := e.Config.NotifyKeyspaceEvents
	if on&class == 0 || len(e.channels.byName)+len(e.channels.patterns) == 0 {
		return
	}
	id := strconv.Itoa(db.ID)
	if on&NotifyKeyspace != 0 {
		e.publish([]byte("__keyspace@"+id+"__:"+string(key)), []byte(event))
	}
	if on&NotifyKeyevent != 0 {
		e.publish([]byte("__keyevent@"+id+"__:"+event), key)
	}
}
