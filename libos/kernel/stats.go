package kernel

// Stats counts what an engine has done since Open.
type Stats struct {
	Pushes   uint64 // completed without error
	Pops     uint64 // completed without error, ends of stream included
	Accepts  uint64
	Connects uint64 // of streams
	BytesIn  uint64
	BytesOut uint64

	Waits     uint64 // calls of epoll_pwait
	Events    uint64 // events that they returned
	Receives  uint64 // calls of recvfrom, of which
	DryRecvs  uint64 // found nothing
	Sends     uint64 // calls of sendto and sendmsg, of which
	FullSends uint64 // found no room
	Starved   uint64 // times that the memory was exhausted and pops had to wait
	Swallowed uint64 // ICMP errors of datagram sockets that were dropped
}

// Stats returns the counters.
func (e *Engine) Stats() Stats { return e.stats }
