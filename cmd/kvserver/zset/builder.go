package zset

import (
	"bytes"
	"cmp"
	"math"
	"slices"

	"github.com/catamaran-os/catamaran/cmd/kvserver/keyspace"
	"github.com/catamaran-os/catamaran/cmd/kvserver/listpack"
	"github.com/catamaran-os/catamaran/cmd/kvserver/slab"
)

// A Builder makes a sorted set of elements that come in any order. It ends with either Store or Discard.
type Builder struct {
	list    *List
	limits  Limits
	longest int // member that was added
	sorted  bool
}

// Build begins an empty sorted set in the store.
func Build(store *keyspace.Store, limits Limits) *Builder {
	return &Builder{list: newList(store), limits: limits}
}

// Len returns the number of elements.
func (b *Builder) Len() int { return b.list.members.Len() }

// Find returns the element with a member, or 0.
func (b *Builder) Find(member []byte) Pos { return Pos(b.list.find(member)) }

// Score returns the score of an element.
func (b *Builder) Score(p Pos) float64 { return b.list.node(slab.Ref(p)).score() }

// SetScore sets the score of an element, before Sort.
func (b *Builder) SetScore(p Pos, score float64) { b.list.node(slab.Ref(p)).setScore(score) }

// Add adds a member that is not there, before Sort.
func (b *Builder) Add(member []byte, score float64) {
	l := b.list
	r := l.alloc(score, l.randomLevels(), member)
	l.members.Insert(l.store.Hash(member), r)
	b.longest = max(b.longest, len(member))
}

// AddInTurn is Add where Redis begins with a small set whatever the result: minus zero becomes zero as long as it is small.
func (b *Builder) AddInTurn(member []byte, score float64) {
	if score == 0 && b.limits.allow(b.Len()+1, max(b.longest, len(member))) {
		score = math.Abs(score)
	}
	b.Add(member, score)
}

// Remove removes an element, before Sort.
func (b *Builder) Remove(p Pos) {
	b.list.forget(slab.Ref(p))
	b.list.release(slab.Ref(p))
}

// Sort puts the elements in order and returns them as a Set, which is good until Store or Discard.
func (b *Builder) Sort() Set {
	l := b.list
	if !b.sorted {
		b.sorted = true
		refs := make([]slab.Ref, 0, l.members.Len())
		l.members.All(func(r slab.Ref) bool {
			refs = append(refs, r)
			return true
		})
		slices.SortFunc(refs, func(x, y slab.Ref) int {
			n, m := l.node(x), l.node(y)
			if c := cmp.Compare(n.score(), m.score()); c != 0 {
				return c
			}
			return bytes.Compare(n.member(), m.member())
		})
		a := l.appender()
		for _, r := range refs {
			a.append(r)
		}
		a.finish()
	}
	return Set{list: l}
}

// Store makes the elements the value of a key, which must not exist, and returns the entry; none if there are no elements.
// Who calls it notifies. It ends the use of the Builder.
func (b *Builder) Store(db *keyspace.DB, key []byte) keyspace.Entry {
	if b.Len() == 0 {
		b.Discard()
		return keyspace.Entry{}
	}
	set := b.Sort()
	l := b.list
	if !b.limits.allow(l.len, b.longest) || l.bytes > listpack.MaxBytes {
		b.list = nil
		return db.CreateObject(key, keyspace.ZSet, keyspace.Skiplist, l)
	}
	p := small(listpack.New(nil))
	for at := set.At(0); at != 0; at = set.Next(at) {
		p = p.append(set.Score(at), set.Member(at))
	}
	b.Discard()
	return db.Create(key, keyspace.ZSet, keyspace.Listpack, p)
}

// Discard gives the memory back instead. It ends the use of the Builder.
func (b *Builder) Discard() {
	l := b.list
	l.members.All(func(r slab.Ref) bool {
		l.release(r)
		return true
	})
	l.release(l.head)
	b.list = nil
}

// StoreListpack makes a listpack of member, score pairs, for which listpack.Valid holds, the value of a key, which must not
// exist: as it is, or in the large form if the limits want that. It returns no entry if the listpack is no sorted set.
func StoreListpack(db *keyspace.DB, key, lp []byte, limits Limits) keyspace.Entry {
	p := small(lp)
	if !valid(p) || !listpack.Distinct(p, 2) {
		return keyspace.Entry{}
	}
	longest := 0
	for off := p.first(); off != 0; off = p.next(off) {
		longest = max(longest, listpack.Get(p, off).Len())
	}
	if limits.allow(p.len(), longest) {
		return db.Create(key, keyspace.ZSet, keyspace.Listpack, p)
	}
	s := Set{db: db, key: key, small: p}
	s.enlarge()
	return s.entry
}
