package group

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestMethods: the first list of doc.go has every method of a group, and fits one screen.
func TestMethods(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	list, _, _ := strings.Cut(string(text), "// # ")
	if n := strings.Count(list, "\n"); n > 25 {
		t.Errorf("the list has %d lines", n)
	}
	named := map[string]bool{}
	for _, word := range regexp.MustCompile(`\b[A-Z]\w+`).FindAllString(list, -1) {
		named[word] = true
	}
	g := reflect.TypeFor[*Group]()
	for m := range g.NumMethod() {
		if name := g.Method(m).Name; !named[name] {
			t.Errorf("doc.go does not name %s", name)
		}
	}
}
