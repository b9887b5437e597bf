package command

import (
	"fmt"
	"io"
	"strings"
)

// WriteGolden writes one line a command with all that the table says of it, in
// the order of IDs. A test keeps the text, so that whoever changes a row sees
// what it changes. The first fields, up to the tips, have the form of the
// recording of a real server in testdata.
func WriteGolden(w io.Writer, t *Table) error {
	for _, c := range t.byID {
		own := ""
		for _, f := range []struct {
			flag Flags
			name string
		}{{WholeKeyspace, "whole"}, {Slow, "slow"}, {Local, "local"}, {Conditional, "conditional"}, {Logged, "logged"}, {Script, "script"}, {Internal, "internal"}, {Hidden, "hidden"},
			{Immediate, "immediate"}, {WhileSubscribed, "while-subscribed"}, {Publishes, "publishes"}, {Selects, "selects"}, {Topology, "topology"},
			{Guarded, "guarded"}, {Undivided, "undivided"}, {Unnoticed, "unnoticed"}, {KeepsCaching, "keeps-caching"}} {
			if c.Flags.Has(f.flag) {
				own += " " + f.name
			}
		}
		if c.OneKey {
			own += " onekey"
		}
		if c.Wait != nil {
			own += " waits"
		}
		if c.Secrets != nil {
			own += " secrets"
		}
		if _, err := fmt.Fprintf(w, "%s |%s | %s\n", c.Facts(), own, c.Usage); err != nil {
			return err
		}
	}
	return nil
}

// Facts is what COMMAND INFO and COMMAND DOCS say of the command, except texts
// and the syntax, on one line.
func (c *Command) Facts() string {
	first, last, step := c.LegacyRange()
	var specs []string
	for i := range c.KeySpecs {
		specs = append(specs, c.KeySpecs[i].String())
	}
	return fmt.Sprintf("%s arity=%d flags=%s range=%d,%d,%d acl=%s keys=[%s] tips=%s group=%s since=%s deprecated=%s",
		c.FullName, c.Arity, strings.Join(c.Flags.Names(), ","), first, last, step, strings.Join(c.Categories, ","),
		strings.Join(specs, "; "), strings.Join(c.Tips, ","), c.Group, c.Since, c.Deprecated)
}

// String is the spec as COMMAND INFO shows it, on one line.
func (k *KeySpec) String() string {
	var b strings.Builder
	b.WriteString(strings.Join(k.Flags.Names(), "+"))
	switch {
	case k.Unknown:
		b.WriteString(" unknown <nil>")
	case k.Keyword != "":
		fmt.Fprintf(&b, " keyword %s %d", k.Keyword, k.From)
	default:
		fmt.Fprintf(&b, " index %d", max(k.First, k.NumKeys))
	}
	switch {
	case k.Unknown:
		b.WriteString(" unknown")
	case k.NumKeys > 0:
		fmt.Fprintf(&b, " keynum 0 1 %d", k.step())
	default:
		fmt.Fprintf(&b, " range %d %d %d", k.relativeLast(), k.step(), k.Limit)
	}
	if k.Notes != "" {
		fmt.Fprintf(&b, " %q", k.Notes)
	}
	return b.String()
}
