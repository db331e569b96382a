package resp

// AppendKeys appends to dst, until it has max elements, the first argument behind the name of each command that b has as a
// whole, as long as b begins with a command: usually a key. It is for guesses about the commands that a Parser will find
// in b; the elements are views into b.
func AppendKeys(dst [][]byte, b []byte, max int) [][]byte {
	for len(dst) < max && len(b) > 0 && b[0] == '*' {
		n, next := headerLen(b)
		if next == 0 {
			break
		}
		b = b[next:]
		var key []byte
		for i := range n {
			if len(b) == 0 || b[0] != '$' {
				return dst
			}
			size, next := headerLen(b)
			if next == 0 || len(b)-next-2 < size {
				return dst
			}
			if i == 1 {
				key = b[next : next+size : next+size]
			}
			b = b[next+size+2:]
		}
		if n > 1 {
			dst = append(dst, key)
		}
	}
	return dst
}
