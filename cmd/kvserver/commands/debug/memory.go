package debug

import (
	"fmt"

	"github.com/catamaran-os/catamaran/cmd/kvserver/engine"
)

var memoryCommands = []engine.Command{
	{Name: "usage", Arity: -3, Flags: engine.ReadOnly, First: 2, Last: 2, Step: 1, Run: usage,
		Summary: "Estimate the memory usage of a key", Since: "4.0.0"},
	{Name: "stats", Arity: 2, Run: stats, Summary: "Show memory usage details", Since: "4.0.0"},
	{Name: "doctor", Arity: 2, Run: doctor, Summary: "Report memory problems", Since: "4.0.0"},
	{Name: "malloc-stats", Arity: 2, Run: mallocStats, Summary: "Show statistics of the allocator", Since: "4.0.0"},
	{Name: "purge", Arity: 2, Run: purge, Summary: "Free what has been deleted", Since: "4.0.0"},
	{Name: "help", Arity: 2, Flags: ls, Run: memoryHelp,
		Summary: "Show helpful text about the different subcommands", Since: "4.0.0"},
}

// usage has no need of SAMPLES: what a value takes is counted as it changes.
func usage(c *engine.Call) {
	for i := 3; i < len(c.Args); i++ {
		if !c.Is(i, "samples") || i+1 == len(c.Args) {
			c.Syntax()
			return
		}
		i++
		n, ok := c.Int(i)
		if !ok {
			return
		}
		if n < 0 {
			c.Syntax()
			return
		}
	}
	e := c.DB.Peek(c.Args[2])
	if !e.Exists() {
		c.Out.Null()
		return
	}
	c.Out.Int(int64(e.Memory()))
}

// stats replies what of Redis's statistics means something here.
func stats(c *engine.Call) {
	used := c.E.Used()
	peak := c.E.Stats.PeakMemory
	keys := int64(0)
	for i := range c.E.Store.Databases() {
		keys += int64(c.E.Store.DB(i).Len())
	}
	mapped := int64(c.E.Store.Heap.Mapped())
	resident := int64(0)
	if c.E.Server.Memory != nil {
		resident = c.E.Server.Memory()
	}
	c.Out.Map(9)
	number := func(name string, n int64) {
		c.Out.BulkString(name)
		c.Out.Int(n)
	}
	ratio := func(name string, part, whole int64, factor float64) {
		c.Out.BulkString(name)
		c.Out.Double(factor * float64(part) / float64(max(whole, 1)))
	}
	number("peak.allocated", peak)
	number("total.allocated", used)
	number("keys.count", keys)
	number("keys.bytes-per-key", used/max(keys, 1))
	number("dataset.bytes", used)
	ratio("peak.percentage", used, peak, 100)
	number("allocator.active", mapped)
	number("allocator.resident", resident)
	ratio("allocator-fragmentation.ratio", mapped, int64(c.E.Store.Heap.Used()), 1)
}

// What the doctor takes for trouble.
const (
	smallDataset = 5 << 20
	peakRatio    = 1.5
	mappedRatio  = 1.4
)

func doctor(c *engine.Call) {
	used, peak := float64(c.E.Used()), float64(c.E.Stats.PeakMemory)
	inSlab, mapped := float64(c.E.Store.Heap.Used()), float64(c.E.Store.Heap.Mapped())
	var text string
	switch {
	case used < smallDataset:
		text = "The dataset is too small for a diagnosis."
	case peak > used*peakRatio:
		text = fmt.Sprintf("The dataset once took %.1f times as much memory as now. This is no problem.", peak/used)
	case mapped > inSlab*mappedRatio:
		text = fmt.Sprintf("The slab has mapped %.1f times as much memory as is in use. "+
			"It gives memory back as other keys are deleted or made.", mapped/inSlab)
	default:
		text = "No problem has been found."
	}
	c.Out.Verbatim("txt", text)
}

func mallocStats(c *engine.Call) {
	h := c.E.Store.Heap
	c.Out.Verbatim("txt", fmt.Sprintf("slab: %d bytes in use, %d bytes mapped\nto be freed: %d values or databases\n",
		h.Used(), h.Mapped(), c.E.Store.Garbage()))
}

// purgeStep is how many elements are freed by one call.
const purgeStep = 100_000

func purge(c *engine.Call) {
	c.E.Store.Collect(purgeStep)
	c.Out.OK()
}

func memoryHelp(c *engine.Call) {
	c.Help(
		"DOCTOR", "    Return a diagnosis.",
		"MALLOC-STATS", "    Return statistics of the allocator.",
		"PURGE", "    Free some of what has been deleted and is not yet freed.",
		"STATS", "    Return statistics of the memory.",
		"USAGE <key> [SAMPLES <count>]", "    Return the bytes that <key> and its value take. <count> has no effect.",
	)
}
