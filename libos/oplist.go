package libos

// An OpList is a FIFO of operations, linked through the operations themselves: no allocation, removal in O(1). The zero
// OpList is empty. Queues keep their pending operations in such lists; an operation is in one list at most.
type OpList struct {
	head, tail *Op
	n          int
}

// Len returns the number of operations.
func (l *OpList) Len() int { return l.n }

// Front returns the oldest operation, nil if there is none.
func (l *OpList) Front() *Op { return l.head }

// PushBack appends op, which must be in no list.
func (l *OpList) PushBack(op *Op) {
	if op.list != nil {
		panic("libos: operation is in a list already")
	}
	op.list, op.prev, op.next = l, l.tail, nil
	if l.tail == nil {
		l.head = op
	} else {
		l.tail.next = op
	}
	l.tail = op
	l.n++
}

// Remove takes op out of the list.
func (l *OpList) Remove(op *Op) {
	if op.list != l {
		panic("libos: operation is in another list")
	}
	if op.prev == nil {
		l.head = op.next
	} else {
		op.prev.next = op.next
	}
	if op.next == nil {
		l.tail = op.prev
	} else {
		op.next.prev = op.prev
	}
	op.list, op.prev, op.next = nil, nil, nil
	l.n--
}

// FailAll fails every operation in the lists with err, in the order in which they were issued. Queues call it to close.
func FailAll(err error, lists ...*OpList) {
	for {
		var first *Op
		for _, l := range lists {
			if l.head != nil && (first == nil || l.head.seq < first.seq) {
				first = l.head
			}
		}
		if first == nil {
			return
		}
		first.Fail(err) // takes it out of its list
	}
}
