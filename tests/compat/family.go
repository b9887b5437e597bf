package compat

import (
	"slices"
	"sort"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// Family is what the random tests have to know of a group of commands beyond
// their syntax. There is a file family_<name>.go for each, and a line below.
type Family struct {
	Name string
	// Commands are separated by space, "object|encoding" is one. One that is named
	// twice comes twice as often. The common ones come in between.
	Commands string
	// Later are commands that not every server has which the family is compared with.
	Later string
	// Without are common commands that the family cannot have.
	Without string
	// Value gives a word for an argument of a command; ok is false if Generator's
	// own choice will do. The command is g.Command.
	Value func(g *Generator, a Arg) (word string, ok bool)
	// Line gives a whole command line in place of one made from the syntax; nil:
	// the syntax will do.
	Line func(g *Generator, command string) []string
	// Same compares two replies to a command that may differ.
	Same map[string]func(args []string, want, got wire.Value) bool
	// SameContent compares the contents of a key that may differ; nil: they may not.
	SameContent func(want, got string) bool
	// Encodings are those that we may have where Redis has another.
	Encodings map[string]string
	// Steady are settings that stay at their defaults, separated by space.
	Steady string
	// Listpacks: there are small lists and sets, which Redis calls so since 7.2.
	Listpacks bool
}

// families are those with a random test of their own. Strings come with keys,
// bitmaps and transactions.
var families = []*Family{
	&stringFamily,
	&keyFamily,
	&listFamily,
	&hashFamily,
	&setFamily,
	&sortedSetFamily,
	&hyperLogLogFamily,
	&geoFamily,
	&sortFamily,
	&streamFamily,
	&dumpFamily,
}

// commonCommands make the values of a family meet other types, names and
// deadlines.
const commonCommands = "del set rename copy type exists expire persist object|encoding multi exec exec discard watch"

// names returns the commands of a family and the common ones, each as often as it
// is to come. Of the later ones only those that have a syntax take part.
func (f *Family) names(syntax Syntax) (own, common []string) {
	without := strings.Fields(f.Without)
	for _, name := range strings.Fields(commonCommands) {
		if !slices.Contains(without, name) {
			common = append(common, strings.ReplaceAll(name, "|", " "))
		}
	}
	for _, name := range strings.Fields(f.Commands) {
		own = append(own, strings.ReplaceAll(name, "|", " "))
	}
	for _, name := range strings.Fields(f.Later) {
		if _, known := syntax[name]; known {
			own = append(own, name)
		}
	}
	return own, common
}

// sameLength is for replies of random elements.
func sameLength(_ []string, want, got wire.Value) bool {
	return want.Kind == got.Kind && len(want.Elems) == len(got.Elems)
}

// sameElements is for replies whose order is the server's own affair.
func sameElements(_ []string, want, got wire.Value) bool {
	return want.Kind == got.Kind && sameUnordered(want, got)
}

// sameUnordered is equalLater where order does not count.
func sameUnordered(want, got wire.Value) bool {
	text := unorderedText(got, formatLine)
	// The numbers are written anew before the elements are sorted by their text.
	return unorderedText(want, formatLine) == text ||
		unorderedText(want, func(v wire.Value) string { return laterNumbers(formatLine(v)) }) == text
}

// sameScan is for what SCAN and its like return: a part of an iteration is the
// server's own affair.
func sameScan(args []string, want, got wire.Value) bool {
	cursor := 2
	if strings.EqualFold(args[0], "scan") {
		cursor = 1
	}
	switch {
	case len(want.Elems) != 2 || len(got.Elems) != 2:
		return want.Equal(got)
	case args[cursor] != "0":
		return true
	}
	if want.Elems[0].Text != "0" || got.Elems[0].Text != "0" {
		return true
	}
	return sameUnordered(want, got)
}

// unorderedText is a reply as text, with the elements of every array sorted. text is
// the text of what is no array.
func unorderedText(v wire.Value, text func(wire.Value) string) string {
	if !v.Aggregate() {
		return text(v)
	}
	parts := make([]string, len(v.Elems))
	for i, e := range v.Elems {
		parts[i] = unorderedText(e, text)
	}
	sort.Strings(parts)
	return "[" + strings.Join(parts, " ") + "]"
}

// near is for times, which go on between the two replies.
func near(a, b wire.Value, tolerance int64) bool {
	if a.Kind != wire.Integer || b.Kind != wire.Integer || a.Text[0] == '-' || b.Text[0] == '-' {
		return a.Equal(b)
	}
	x, _ := number(a.Text)
	y, _ := number(b.Text)
	return x-y <= tolerance && y-x <= tolerance
}
