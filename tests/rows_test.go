package tests

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Whatever holds for one command stands on its row. A command whose name is found
// in a switch, a map or a comparison is known in a second place, of which nobody who
// writes a row hears.

// otherNames are packages whose switches and maps are about other things: functions of
// Lua, options, and tests.
var otherNames = []string{"internal/lua/...", "internal/options", "tests/...", "internal/testcluster/...", "store/storetest", "resp/command/commandtest"}

// knownElsewhere are the exceptions, by file and name, with the reason.
var knownElsewhere = map[string]string{
	"cmd/msredis/log.go debug":   "a level of the log",
	"resp/front/migrate.go dump": "a call that MIGRATE makes",
	"resp/front/migrate.go pttl": "a call that MIGRATE makes",
	"store/script/api.go debug":  "a function of the scripts' own library",
}

// commandNames are what rows tell.
type commandNames struct {
	full    map[string]bool // "get", "client|list"
	any     map[string]bool // those and "list"
	options map[string]bool // words of usage lines: their comparison says nothing
}

func readCommandNames(files []goFile) commandNames {
	names := commandNames{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	word := regexp.MustCompile(`[A-Za-z]+`)
	for _, f := range files {
		if f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			name, container := stringField(lit, "Name"), stringField(lit, "Container")
			usage, isRow := field(lit, "Usage")
			if name == "" || !isRow {
				return true
			}
			full := name
			if container != "" {
				full = container + "|" + name
			}
			names.full[full], names.any[full], names.any[name] = true, true, true
			ast.Inspect(usage, func(n ast.Node) bool {
				if text, ok := stringOf(n); ok {
					text = strings.TrimPrefix(text, strings.ToUpper(strings.ReplaceAll(full, "|", " ")))
					for _, w := range word.FindAllString(text, -1) {
						names.options[strings.ToLower(w)] = true
					}
				}
				return true
			})
			return true
		})
	}
	return names
}

func field(lit *ast.CompositeLit, key string) (ast.Expr, bool) {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == key {
				return kv.Value, true
			}
		}
	}
	return nil, false
}

func stringField(lit *ast.CompositeLit, key string) string {
	if v, ok := field(lit, key); ok {
		s, _ := stringOf(v)
		return s
	}
	return ""
}

func stringOf(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// ofCommand reports whether an expression is the name of a command's row: its
// fields are told by their names.
func ofCommand(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			switch sel.Sel.Name {
			case "Name", "FullName", "Container":
				found = true
			}
		}
		return true
	})
	return found
}

func TestCommandsAreRows(t *testing.T) {
	t.Parallel()
	files := mustSources(t)
	names := readCommandNames(files)
	if !names.full["get"] || !names.full["client|list"] || len(names.full) < 300 {
		t.Fatalf("only %d rows found", len(names.full))
	}
	unused := map[string]bool{}
	for at := range knownElsewhere {
		unused[at] = true
	}
	for _, f := range files {
		other := func(pattern string) bool { return inside(f.pkg, pattern) }
		if f.test || slices.ContainsFunc(otherNames, other) {
			continue
		}
		names.find(&f, func(pos token.Pos, name string) {
			at := f.path + " " + name
			if delete(unused, at); knownElsewhere[at] == "" {
				t.Errorf("%s:%d knows the command %q by its name: give the row a flag or a field (command.Spec), and ask for that",
					f.path, fset.Position(pos).Line, name)
			}
		})
	}
	for at := range unused {
		t.Errorf("%s: the exception is not needed", at)
	}
}

// find reports the names of commands in the switches, maps, lists and comparisons
// of a file.
func (names commandNames) find(f *goFile, report func(pos token.Pos, name string)) {
	check := func(e ast.Expr, command bool) {
		s, ok := stringOf(e)
		s = strings.ToLower(s)
		if ok && (command && names.any[s] || names.full[s] && !names.options[s]) {
			report(e.Pos(), s)
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SwitchStmt:
			for _, c := range n.Body.List {
				for _, e := range c.(*ast.CaseClause).List {
					check(e, n.Tag != nil && ofCommand(n.Tag))
				}
			}
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				check(n.X, ofCommand(n.Y))
				check(n.Y, ofCommand(n.X))
			}
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					check(kv.Key, false)
				} else if _, isList := n.Type.(*ast.ArrayType); isList {
					check(e, false)
				}
			}
		case *ast.IndexExpr:
			if sel, ok := n.Index.(*ast.SelectorExpr); ok && sel.Sel.Name == "FullName" {
				report(n.Pos(), "a map by FullName")
			}
		}
		return true
	})
}
