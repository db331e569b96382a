package libos

import "testing"

func TestTable(t *testing.T) {
	tab := table[*int]{max: 300}
	var names []uint64
	for range 300 {
		name, p := tab.take()
		if p == nil || name == 0 || *p != nil {
			t.Fatal("take: no fresh slot")
		}
		*p = new(int)
		names = append(names, name)
	}
	if _, p := tab.take(); p != nil {
		t.Error("more than max slots are live")
	}
	old := names[7]
	kept := tab.get(old)
	tab.drop(old)
	if *kept != nil {
		t.Error("drop keeps the value reachable")
	}
	if tab.get(old) != nil {
		t.Error("a dropped name is found")
	}
	name, p := tab.take()
	if p == nil || name == old || tab.get(old) != nil || tab.get(name) != p {
		t.Error("the slot is not reused under a new name")
	}
	for _, bad := range []uint64{0, ^uint64(0), 300 | 1<<slotBits, name + 1<<slotBits} {
		if tab.get(bad) != nil {
			t.Errorf("%#x was never given out", bad)
		}
	}
	seen := 0
	tab.each(func(name uint64, _ **int) { seen++; tab.drop(name) })
	if seen != 300 || tab.live != 0 {
		t.Errorf("each saw %d, %d are live", seen, tab.live)
	}
}

// A slot whose generation is used up is not given out again.
func TestTableRetires(t *testing.T) {
	tab := table[int]{max: 2}
	name, _ := tab.take()
	tab.drop(name)
	tab.at(0).gen = maxGen - 1
	name, _ = tab.take()
	if slot, gen := unpack(name); slot != 0 || gen != maxGen-1 {
		t.Fatalf("slot %d, generation %d", slot, gen)
	}
	tab.drop(name)
	next, p := tab.take()
	if slot, _ := unpack(next); p == nil || slot != 1 {
		t.Errorf("slot %d after slot 0 was retired", slot)
	}
	if _, p := tab.take(); p != nil {
		t.Error("the retired slot came back")
	}
	if tab.get(name) != nil {
		t.Error("the last name of a retired slot is found")
	}
}
