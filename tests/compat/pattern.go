package compat

import (
	"regexp"
	"sort"
	"strconv"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// Vars are the values captured so far in a script, by name.
type Vars map[string]string

// Pattern is what a script expects: a reply, in which some places may be left
// open:
//
//	any                 whatever comes
//	+/re/ -/re/ $/re/   a text of that type that matches the expression
//	:98..100 $98..100   a number in that range, as integer or bulk string
//	:<name> $<name>     captured when it comes first, the same from then on
//	unordered [...]     the elements in any order
type Pattern struct {
	form  form
	kind  wire.Kind
	text  string // of a scalar; of a capture its name
	re    *regexp.Regexp
	lo    int64
	hi    int64
	elems []Pattern
}

type form byte

const (
	literal form = iota
	anything
	regex
	interval
	capture
	unordered
	hashed // text is "length,digest"
)

// Open reports whether p leaves something open, so that recording must not
// replace it by what one run has answered.
func (p *Pattern) Open() bool {
	switch p.form {
	case anything, regex, interval, capture:
		return true
	}
	for i := range p.elems {
		if p.elems[i].Open() {
			return true
		}
	}
	return false
}

// Match checks v against p and captures into vars.
func (p *Pattern) Match(v wire.Value, vars Vars) bool {
	if p.form == anything {
		return true
	}
	if p.form == unordered {
		return p.matchUnordered(v, vars)
	}
	if v.Kind != p.kind {
		return false
	}
	switch p.form {
	case regex:
		return p.re.MatchString(v.Text)
	case interval:
		n, err := strconv.ParseInt(v.Text, 10, 64)
		return err == nil && p.lo <= n && n <= p.hi
	case capture:
		if old, bound := vars[p.text]; bound {
			return old == v.Text
		}
		vars[p.text] = v.Text
		return true
	case hashed:
		return p.text == strconv.Itoa(len(v.Text))+","+digest(v.Text)
	}
	if v.Text != p.text || len(v.Elems) != len(p.elems) {
		return false
	}
	for i := range p.elems {
		if !p.elems[i].Match(v.Elems[i], vars) {
			return false
		}
	}
	return true
}

// matchUnordered pairs each expected element with the first free one.
func (p *Pattern) matchUnordered(v wire.Value, vars Vars) bool {
	if v.Kind != p.kind || len(v.Elems) != len(p.elems) {
		return false
	}
	used := make([]bool, len(v.Elems))
next:
	for i := range p.elems {
		for j := range v.Elems {
			if !used[j] && p.elems[i].Match(v.Elems[j], vars) {
				used[j] = true
				continue next
			}
		}
		return false
	}
	return true
}

// Record returns the text that expects v where p stood before.
func (p *Pattern) Record(v wire.Value) string {
	if p != nil && p.form == unordered {
		sorted := v
		sorted.Elems = append([]wire.Value(nil), v.Elems...)
		sort.Slice(sorted.Elems, func(i, j int) bool {
			return formatLine(sorted.Elems[i]) < formatLine(sorted.Elems[j])
		})
		return "unordered " + Format(sorted)
	}
	return Format(v)
}
