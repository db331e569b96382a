package keyspace

const (
	clockMask  = 1<<24 - 1
	lfuInitial = 5 // so that a new key is not the first to go
)

// LFU says how the counter of the policies allkeys-lfu and volatile-lfu grows and decays: lfu-log-factor, lfu-decay-time.
type LFU struct {
	LogFactor    int
	DecayMinutes int // 0: never
}

// clock returns the LRU clock: seconds, 24 bits.
func (s *Store) clock() uint32 { return uint32(s.now/1000) & clockMask }

func (s *Store) minutes() uint32 { return uint32(s.now/60000) & 0xffff }

// fresh returns the access bits of a new entry.
func (s *Store) fresh() uint32 {
	if s.Policy.frequency() {
		return s.minutes()<<8 | lfuInitial
	}
	return s.clock()
}

// access notes that an entry was used.
func (s *Store) access(b []byte) {
	if !s.Policy.frequency() {
		putAccess(b, s.clock())
		return
	}
	putAccess(b, s.minutes()<<8|s.increase(s.decayed(getAccess(b))))
}

// decayed returns the counter as of now.
func (s *Store) decayed(access uint32) uint32 {
	counter := access & 255
	if s.LFU.DecayMinutes <= 0 {
		return counter
	}
	periods := (s.minutes() - access>>8) & 0xffff / uint32(s.LFU.DecayMinutes)
	if periods >= counter {
		return 0
	}
	return counter - periods
}

// increase adds one with a probability that falls with the counter, so that 8 bits last for millions of accesses.
func (s *Store) increase(counter uint32) uint32 {
	if counter == 255 {
		return counter
	}
	base := 0
	if counter > lfuInitial {
		base = int(counter) - lfuInitial
	}
	if s.rnd.next()%uint64(base*s.LFU.LogFactor+1) == 0 {
		return counter + 1
	}
	return counter
}

// Idle returns the seconds since the last access, as far as the policy has them counted.
func (e Entry) Idle() int64 {
	return int64((e.db.store.clock() - e.Access()) & clockMask)
}

// Frequency returns the LFU counter, if the policy has it counted.
func (e Entry) Frequency() uint32 { return e.db.store.decayed(e.Access()) }

// SetIdle sets the seconds since the last access.
func (e Entry) SetIdle(seconds int64) {
	e.SetAccess((e.db.store.clock() - uint32(seconds)) & clockMask)
}

// SetFrequency sets the LFU counter, at most 255.
func (e Entry) SetFrequency(counter uint32) {
	e.SetAccess(e.db.store.minutes()<<8 | counter&255)
}
