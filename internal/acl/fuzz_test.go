package acl_test

import (
	"bytes"
	"testing"

	"github.com/msredis/msredis/internal/acl"
)

// FuzzRules gives a user rules, one a line. Whatever they are, the user's line makes the
// same user again, which takes the same rules in the same way.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{"on\n>p\n+get\n~k*\n&c", "(+get ~x)\n(~y\n+@read)", "%RW~*\n~foo", "+select|0\n-select", "(\"~a\\x20b\")", "(~a) +get)\n+x|)", "reset\n+@all\n-@admin"} {
		f.Add([]byte(seed))
	}
	table := newTable(f)
	b := acl.NewRulebook(table)
	calls := [][]string{{"GET", "k1"}, {"SET", "k1", "x"}, {"PUBLISH", "c", "x"}, {"CONFIG", "GET", "x"}, {"SELECT", "0"}, {"SORT", "k1", "GET", "#"}}
	f.Fuzz(func(t *testing.T, text []byte) {
		rules := bytes.Split(text, []byte("\n"))
		u, err := acl.New("alice", b, false).With(rules, b, false)
		if err != nil {
			return
		}
		again, err := acl.Parse(u.Line(), b)
		if err != nil {
			t.Fatalf("%q: %v", u.Line(), err)
		}
		if again.Line() != u.Line() || again.Unrestricted() != u.Unrestricted() {
			t.Fatalf("%q is read as %q", u.Line(), again.Line())
		}
		list, err := acl.ParseFile("f", []byte(u.Line()+"\n"), b, false)
		if err != nil || list[0].Line() != u.Line() {
			t.Fatalf("%q in a file: %v", u.Line(), err)
		}
		for _, words := range calls {
			call := newCall(t, table, words...)
			_, first := u.Check(call)
			if _, second := again.Check(call); first != second {
				t.Fatalf("%q: %v is allowed %v, then %v", u.Line(), words, first, second)
			}
		}
		one, err1 := u.With(rules, b, true)
		two, err2 := again.With(rules, b, true)
		if (err1 == nil) != (err2 == nil) || err1 == nil && one.Line() != two.Line() {
			t.Fatalf("%q: the rules again make %v and %v", u.Line(), err1, err2)
		}
	})
}
