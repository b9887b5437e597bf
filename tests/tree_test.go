// Package tests looks at the source tree as a whole: who imports whom, and the
// house rules. The packages below it start servers; README.md says what each
// of them can see.
package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/msredis/msredis"

// goFile is one source file, parsed with its comments.
type goFile struct {
	path string // from the module's root, with slashes
	pkg  string // directory, "." for the root
	test bool
	src  []byte
	ast  *ast.File
}

var root = sync.OnceValues(func() (string, error) {
	dir, err := os.Getwd()
	return filepath.Dir(dir), err
})

// skipped are directories without sources of ours.
var skipped = map[string]bool{".git": true, "bin": true, "data": true, "cluster-data": true}

// texts returns all text files of the tree that belong to the project.
var texts = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := root()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && (skipped[rel] || d.Name() == "fuzz"):
			return filepath.SkipDir // fuzz: corpora are data
		case d.IsDir() || !d.Type().IsRegular():
			return nil
		}
		switch filepath.Ext(path) {
		case ".go", ".md", ".sh", ".yml", ".yaml", ".json", ".mod", ".conf":
		case "":
			if d.Name() != "Makefile" && d.Name() != "Dockerfile" && filepath.Dir(rel) != ".ci" {
				return nil
			}
		default:
			return nil
		}
		files[filepath.ToSlash(rel)], err = os.ReadFile(path)
		return err
	})
	return files, err
})

// fset has the positions of all sources.
var fset = token.NewFileSet()

// sources returns all Go files of the tree.
var sources = sync.OnceValues(func() ([]goFile, error) {
	all, err := texts()
	if err != nil {
		return nil, err
	}
	var files []goFile
	for path, src := range all {
		if !strings.HasSuffix(path, ".go") {
			continue
		}
		tree, err := parser.ParseFile(fset, path, src, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		pkg := "."
		if i := strings.LastIndexByte(path, '/'); i >= 0 {
			pkg = path[:i]
		}
		files = append(files, goFile{path, pkg, strings.HasSuffix(path, "_test.go"), src, tree})
	}
	return files, nil
})

// line returns the text of the line that pos is on.
func (f *goFile) line(pos token.Pos) string {
	lines := strings.Split(string(f.src), "\n")
	return lines[fset.Position(pos).Line-1]
}

// mustSources is sources for tests.
func mustSources(t *testing.T) []goFile {
	t.Helper()
	files, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d Go files found: is this the module's root?", len(files))
	}
	return files
}

// inside reports whether package pkg is meant by pattern: "a/b" is that package,
// "a/..." it and all below.
func inside(pkg, pattern string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	return pkg == pattern
}
