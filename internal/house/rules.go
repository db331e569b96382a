package house

import (
	"fmt"
	"go/build/constraint"
	"path"
	"strings"
)

// A Violation is an import that breaks a rule.
type Violation struct {
	Rule, File, Import string
}

func (v Violation) String() string { return fmt.Sprintf("%s imports %q: %s", v.File, v.Import, v.Rule) }

// The rules, each said as what is allowed.
const (
	ContractsStd  = "libos and link import the standard library only"
	HullsApart    = "no libOS imports another, and no device another"
	OneWay        = "imports run cmd -> api -> libos -> link, and only libos/netstack imports link"
	GvisorPlace   = "gvisor.dev is imported in libos/netstack and link/endpoint only"
	CgoPlace      = `import "C" is in libos/rdma/internal/verbs (tag rdma) and link/dpdk/internal/ethdev (tag dpdk) only`
	UnsafePlace   = "unsafe is imported in files named *_unsafe.go and the cgo packages only"
	CmdEmbeds     = "a command imports api, packages under it and packages of its own folder only"
	TestsForTests = "packages named *test are imported by tests only"
)

// cgo maps each package that may import "C" to the tag that its files need.
var cgo = map[string]string{"libos/rdma/internal/verbs": "rdma", "link/dpdk/internal/ethdev": "dpdk"}

// Check returns the violations in files, in their order.
func Check(files []File) []Violation {
	var all []Violation
	for _, f := range files {
		for _, imp := range f.Imports {
			for _, r := range rules {
				if !r.allows(f, imp) {
					all = append(all, Violation{r.name, f.Path, imp})
				}
			}
		}
	}
	return all
}

var rules = []struct {
	name   string
	allows func(f File, imp string) bool
}{
	{ContractsStd, func(f File, imp string) bool {
		d := f.dir()
		return f.isTest() || d != "libos" && d != "link" || standard(imp)
	}},
	{HullsApart, func(f File, imp string) bool {
		to, ours := own(imp)
		from, a := hull(f.dir())
		other, b := hull(to)
		// A test may well run one device over another.
		return f.isTest() || !ours || !a || !b || from == other || path.Dir(from) != path.Dir(other) ||
			other == "libos/mem" || forTests(other)
	}},
	{OneWay, func(f File, imp string) bool {
		to, ours := own(imp)
		if f.isTest() || !ours {
			return true
		}
		d := f.dir()
		switch {
		case within(d, "link"):
			return !within(to, "libos") && !within(to, "api") && !within(to, "cmd")
		case within(d, "libos"):
			return !within(to, "api") && !within(to, "cmd") && (!within(to, "link") || within(d, "libos/netstack"))
		}
		return !within(to, "cmd") || within(d, "cmd")
	}},
	{GvisorPlace, func(f File, imp string) bool {
		d := f.dir()
		return !strings.HasPrefix(imp, "gvisor.dev/") || within(d, "libos/netstack") || within(d, "link/endpoint")
	}},
	{CgoPlace, func(f File, imp string) bool {
		return imp != "C" || needs(f.Constraint, cgo[f.dir()])
	}},
	{UnsafePlace, func(f File, imp string) bool {
		name := strings.TrimSuffix(f.Path, "_test.go")
		return imp != "unsafe" || cgo[f.dir()] != "" || strings.HasSuffix(strings.TrimSuffix(name, ".go"), "_unsafe")
	}},
	{CmdEmbeds, func(f File, imp string) bool {
		to, ours := own(imp)
		if f.isTest() || forTests(f.dir()) || !ours || !strings.HasPrefix(f.Path, "cmd/") {
			return true
		}
		folder := strings.Join(strings.SplitN(f.dir(), "/", 3)[:min(2, strings.Count(f.dir(), "/")+1)], "/")
		return within(to, "api") || within(to, folder)
	}},
	{TestsForTests, func(f File, imp string) bool {
		to, ours := own(imp)
		return f.isTest() || !ours || !forTests(to) || forTests(f.dir())
	}},
}

// standard: only the standard library has paths without a dot in their first element.
func standard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return imp != "C" && !strings.Contains(first, ".")
}

// own is the path of a package of this module from its root.
func own(imp string) (string, bool) {
	if imp == Module {
		return ".", true
	}
	return strings.CutPrefix(imp, Module+"/")
}

func within(dir, top string) bool { return dir == top || strings.HasPrefix(dir, top+"/") }

// hull is the libOS or device that dir belongs to: its first two elements.
func hull(dir string) (string, bool) {
	part := strings.SplitN(dir, "/", 3)
	if len(part) < 2 || part[0] != "libos" && part[0] != "link" {
		return "", false
	}
	return part[0] + "/" + part[1], true
}

func forTests(dir string) bool { return strings.HasSuffix(path.Base(dir), "test") }

// needs reports whether a file with this constraint is left out of every build without tag.
func needs(line, tag string) bool {
	if line == "" || tag == "" {
		return false
	}
	expr, err := constraint.Parse(line)
	if err != nil {
		return false
	}
	return !expr.Eval(func(t string) bool { return t != tag })
}
