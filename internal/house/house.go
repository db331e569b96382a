// Package house holds the repository to its layout: which package may import which.
//
// The rules are about the imports written in files, so Read parses every Go file, tests and files behind build tags
// included (go list sees only those of one configuration), and Check is a pure function over what it read.
//
//	cmd -> api -> libos/* -> libos
//	              libos/netstack -> link/endpoint -> link
//	                                link/afxdp ... -> link
//
// In short: Read the tree, Check it, and each Violation names a file, a rule and an import.
package house

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Module is the path of this module.
const Module = "github.com/catamaran-os/catamaran"

// A File is what the rules need to know of a Go file.
type File struct {
	Path       string   // from the root of the module, with slashes
	Imports    []string // import paths as written
	Constraint string   // its //go:build line, or ""
}

func (f File) dir() string  { return path.Dir(f.Path) }
func (f File) isTest() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Read parses the imports of all Go files under root, except where the go command does not look either.
func Read(root string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		hidden := strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
		if d.IsDir() {
			if name != root && (hidden || base == "testdata" || base == "vendor" || isModule(name)) {
				return fs.SkipDir
			}
			return nil
		}
		if hidden || !strings.HasSuffix(base, ".go") {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		f, err := parse(filepath.ToSlash(rel), src)
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read imports: %w", err)
	}
	return files, nil
}

// isModule reports whether a folder is a module of its own, which nobody who imports this one gets.
func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func parse(name string, src []byte) (File, error) {
	f := File{Path: name}
	tree, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return f, err
	}
	for _, spec := range tree.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return f, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		f.Imports = append(f.Imports, p)
	}
	f.Constraint = buildLine(tree)
	return f, nil
}

func buildLine(tree *ast.File) string {
	for _, group := range tree.Comments {
		for _, c := range group.List {
			if c.Pos() < tree.Package && constraint.IsGoBuild(c.Text) {
				return c.Text
			}
		}
	}
	return ""
}
