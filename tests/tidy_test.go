package tests

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// maxLines is how long a Go file may be. Good ones have 100 to 300.
const maxLines = 500

func TestFileLength(t *testing.T) {
	t.Parallel()
	for _, f := range mustSources(t) {
		if n := bytes.Count(f.src, []byte("\n")); n > maxLines {
			t.Errorf("%s has %d lines, %d at most: split it by subject; it is the coordinator that gets away, so move work out of it", f.path, n, maxLines)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, f := range mustSources(t) {
		if want, err := format.Source(f.src); err != nil || !bytes.Equal(want, f.src) {
			t.Errorf("%s: run gofmt -w %s", f.path, f.path)
		}
	}
}

// TestTexts has the rules for every text file. The patterns are put together
// here so that this file does not contain what it forbids.
func TestTexts(t *testing.T) {
	t.Parallel()
	rules := []struct {
		pattern, cure string
	}{
		{`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`, "do it, or write down what is missing in docs/ where a user finds it"},
		{`/wo` + `rk/|/ro` + `ot/|/Us` + `ers/`, "no paths of one machine: make it relative, or an option"},
		{`[ \t]+\n`, "trailing blanks: remove them"},
		{`\r`, "lines end with a single line feed"},
	}
	all, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		re := regexp.MustCompile(rule.pattern)
		for path, text := range all {
			if loc := re.FindIndex(text); loc != nil && !strings.Contains(path, "/testdata/") {
				t.Errorf("%s:%d: %q: %s", path, 1+bytes.Count(text[:loc[0]], []byte("\n")), text[loc[0]:loc[1]], rule.cure)
			}
		}
	}
	for path, text := range all {
		if len(text) > 0 && text[len(text)-1] != '\n' {
			t.Errorf("%s: does not end with a line feed", path)
		}
	}
}

// TestSleep: a test that sleeps is slow on a fast machine and fails on a slow
// one. A pause in a loop that looks for a condition is fine, and so is one whose
// line says in a comment what it is for.
func TestSleep(t *testing.T) {
	t.Parallel()
	for _, f := range mustSources(t) {
		if !f.test && !inside(f.pkg, "tests/...") && !inside(f.pkg, "internal/testcluster/...") {
			continue
		}
		var stack []ast.Node
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if n == nil {
				stack = stack[:len(stack)-1]
				return true
			}
			stack = append(stack, n)
			if isSleep(n) && !inLoop(stack) && !strings.Contains(f.line(n.Pos()), "//") {
				t.Errorf("%s calls time.Sleep: wait for the condition (testing/synctest, a channel, testcluster.Eventually), or say on its line why the time itself matters", f.path)
			}
			return true
		})
	}
}

func isSleep(n ast.Node) bool {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Sleep" {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "time"
}

func inLoop(stack []ast.Node) bool {
	for _, n := range stack {
		if _, ok := n.(*ast.ForStmt); ok {
			return true
		}
	}
	return false
}

// An option that nobody reads is accepted, shown by CONFIG GET, and does nothing.
func TestOptionsAreRead(t *testing.T) {
	t.Parallel()
	const table = "internal/options/table.go"
	read := map[string]bool{}
	var names []string
	for _, f := range mustSources(t) {
		switch {
		case f.path == table:
			for _, m := range regexp.MustCompile(`\{Name: "([^"]+)"`).FindAllSubmatch(f.src, -1) {
				names = append(names, string(m[1]))
			}
		case !strings.HasPrefix(f.path, "internal/options/table") && !strings.HasSuffix(f.path, "_test.go"):
			for _, m := range regexp.MustCompile(`"([a-z-]+)"`).FindAllSubmatch(f.src, -1) {
				read[string(m[1])] = true
			}
		}
	}
	if len(names) < 20 {
		t.Fatalf("%s: only %d options found", table, len(names))
	}
	for _, name := range names {
		if !read[name] {
			t.Errorf("option %s: nothing reads it", name)
		}
	}
}

// errorReply matches a string literal that is an error reply.
var errorReply = regexp.MustCompile(`^"(ERR|WRONGTYPE|NOAUTH|WRONGPASS|NOPERM|NOSCRIPT|EXECABORT|CLUSTERDOWN|OOM|BUSY|BUSYKEY|UNKNOWN|NOPROTO|MOVED|CROSSSLOT|TRYAGAIN|READONLY|MISCONF|LOADING) [^"]`)

func TestErrorTexts(t *testing.T) {
	t.Parallel()
	for _, f := range mustSources(t) {
		if f.test || inside(f.pkg, "resp/reply") || inside(f.pkg, "tests/...") || inside(f.pkg, "internal/testcluster/...") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && errorReply.MatchString(lit.Value) {
				t.Errorf("%s spells the error %s: give it a name in resp/reply/errors.go, where all of them can be seen", f.path, lit.Value)
			}
			return true
		})
	}
}

func TestPackageComments(t *testing.T) {
	t.Parallel()
	has := map[string]bool{}
	for _, f := range mustSources(t) {
		if !f.test || inside(f.pkg, "tests/...") {
			has[f.pkg] = has[f.pkg] || f.ast.Doc != nil
		}
	}
	for pkg, ok := range has {
		if !ok {
			t.Errorf("%s has no package comment: say in two lines what it is for and what it does not know", pkg)
		}
	}
}

// TestDocComments wants a comment on every exported name but the methods that
// an interface tells about: one of ours, or a well-known one of others.
func TestDocComments(t *testing.T) {
	t.Parallel()
	told := map[string]bool{"Error": true, "String": true, "Unwrap": true, "Len": true, "Less": true, "Swap": true,
		"Describe": true, "Collect": true, "Enabled": true, "Handle": true, "WithAttrs": true, "WithGroup": true}
	for _, f := range mustSources(t) {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if typ, ok := n.(*ast.InterfaceType); ok {
				for _, method := range typ.Methods.List {
					for _, name := range method.Names {
						told[name.Name] = true
					}
				}
			}
			return true
		})
	}
	for _, f := range mustSources(t) {
		if f.test {
			continue
		}
		for _, decl := range f.ast.Decls {
			for _, name := range undocumented(decl, told) {
				t.Errorf("%s: %s has no doc comment: what does a caller have to know that the name does not say?", f.path, name)
			}
		}
	}
}

// undocumented returns the exported names that decl declares without a comment.
// The comment of a group counts for its members, methods in told have theirs
// elsewhere.
func undocumented(decl ast.Decl, told map[string]bool) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && receiverExported(d) && !(d.Recv != nil && told[d.Name.Name]) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		if d.Doc != nil {
			return nil
		}
		var names []string
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc == nil && s.Comment == nil {
					names = append(names, s.Name.Name)
				}
			case *ast.ValueSpec:
				if s.Names[0].IsExported() && s.Doc == nil && s.Comment == nil {
					names = append(names, s.Names[0].Name)
				}
			}
		}
		return names
	}
	return nil
}

// receiverExported reports whether d is a function, or a method of an exported
// type.
func receiverExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}
