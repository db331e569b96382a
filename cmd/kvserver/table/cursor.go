package table

import "github.com/catamaran-os/catamaran/cmd/kvserver/slab"

// A Cursor walks over the entries that may have a hash. It is good until the table is changed by other means.
type Cursor struct {
	b     *bucket
	rest  uint64 // what b.match gave, from where the cursor is
	table *Table
	home  uint32 // the chain's first bucket
	tag   uint8
}

// beforeFirst is a match that Next goes on from to the first.
const beforeFirst = 1

// Seek returns a cursor before the first entry that may have the hash:
//
//	for c := t.Seek(hash); c.Next(); {
//		if equal(c.Ref()) { ... }
//	}
//
// Some entries that it comes to have another hash.
func (t *Table) Seek(hash uint64) Cursor {
	a, tag := t.address(hash), tagOf(hash)
	b := t.buckets.at(a)
	return Cursor{b: b, rest: b.match(tag) | beforeFirst, table: t, home: a, tag: tag}
}

// Next moves to the next entry and reports whether there is one.
func (c *Cursor) Next() bool {
	c.rest &= c.rest - 1
	return c.rest != 0 || c.follow()
}

// follow goes to the next bucket of the chain that has matches.
func (c *Cursor) follow() bool {
	for c.b.next != 0 {
		c.b = c.table.over.at(c.b.next - 1)
		if c.rest = c.b.match(c.tag); c.rest != 0 {
			return true
		}
	}
	return false
}

// Ref returns the entry.
func (c *Cursor) Ref() slab.Ref { return c.b.refs[slotOf(c.rest)] }

// Replace puts another Ref in the place of the entry, for the same hash. The cursor can be used further.
func (c *Cursor) Replace(r slab.Ref) { c.b.refs[slotOf(c.rest)] = r }

// Remove takes the entry out. It ends the use of this and all other cursors of Seek.
func (c *Cursor) Remove() {
	t := c.table
	home := t.buckets.at(c.home)
	from := home
	if home.next != 0 {
		from = t.over.at(home.next - 1)
	}
	tag, r := from.take()
	if s := slotOf(c.rest); from != c.b || c.b.tags[s] != 0 { // it was not the last itself
		c.b.tags[s], c.b.refs[s] = tag, r
	}
	if from != home && from.tags[0] == 0 {
		at := home.next
		home.next = from.next
		t.over.give(at)
		t.compact()
	}
	t.len--
	if n := t.buckets.n; n > 1 && t.len < mergeAt*(n+t.over.n) && t.len < mergePrimaryAt*n {
		t.merge()
	}
	*c = Cursor{}
}
