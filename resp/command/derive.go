package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// newCommand checks a row and derives what does not depend on other rows.
func newCommand(s *Spec) (*Command, error) {
	c := &Command{Spec: *s, FullName: s.FullName()}
	if err := checkSpec(s); err != nil {
		return nil, err
	}
	args, err := parseUsage(strings.TrimPrefix(s.Usage, usageName(s)))
	if err != nil {
		return nil, fmt.Errorf("usage: %w", err)
	}
	c.Args = args
	if c.Arity = s.FixedArity; c.Arity == 0 {
		c.Arity = arity(args, nameWords(s))
	}
	if c.KeySpecs = s.Keys; c.KeySpecs == nil {
		if c.KeySpecs, err = keysOf(args, nameWords(s), keyFlags(s)); err != nil {
			return nil, err
		}
	}
	if len(c.KeySpecs) > maxKeySpecs {
		return nil, fmt.Errorf("more than %d key specs", maxKeySpecs)
	}
	numberKeys(c.Args, len(c.KeySpecs))
	if movableKeys(c.KeySpecs) {
		c.Flags |= MovableKeys
	}
	c.OneKey = len(c.KeySpecs) == 1 && c.KeySpecs[0].isSingle(1) && c.KeySpecs[0].Flags&KeyNotKey == 0
	c.deriveFootprint()
	return c, nil
}

// deriveFootprint notes what of the footprint of a call the row tells.
func (c *Command) deriveFootprint() {
	if c.Flags&(Write|Logged) != 0 {
		c.writes = 1
	}
	if c.Flags&(WholeKeyspace|Script) != 0 {
		c.bits |= anyKey
	}
	if c.Flags.Has(Conditional) {
		c.bits |= conditional
	}
}

// deriveContainer fixes what follows from the subcommands, and for them.
func (c *Command) deriveContainer() {
	c.Categories = categories(c)
	for _, sub := range c.Subs {
		sub.Flags |= c.Flags & inherited
		sub.Categories = categories(sub)
	}
	if c.IsContainer() && c.FixedArity == 0 {
		c.Arity = -2
	}
}

func checkSpec(s *Spec) error {
	switch {
	case s.Name == "" || s.Name != strings.ToLower(s.Name) || strings.ContainsAny(s.Name, " |"):
		return errors.New("Name is not a lower-case word")
	case len(s.Name) > maxName:
		return fmt.Errorf("Name is longer than %d", maxName)
	case s.Usage != usageName(s) && !strings.HasPrefix(s.Usage, usageName(s)+" "):
		return fmt.Errorf("Usage does not start with %q", usageName(s))
	case s.Summary == "":
		return errors.New("Summary is missing")
	case s.Since == "":
		return errors.New("Since is missing")
	case !slices.Contains(groups, s.Group):
		return fmt.Errorf("Group %q is unknown", s.Group)
	case s.Flags.Has(Write | ReadOnly):
		return errors.New("Flags has both Write and ReadOnly")
	case s.Flags.Has(DenyOOM) && !s.Flags.Has(Write):
		return errors.New("Flags has DenyOOM without Write")
	}
	for _, category := range s.ACL {
		if !slices.Contains(aclCategories, strings.TrimPrefix(category, "-")) {
			return fmt.Errorf("ACL category %q is unknown", category)
		}
	}
	for i, k := range s.Keys {
		forms := 0
		for _, used := range []bool{k.First > 0, k.NumKeys > 0, k.Keyword != "", k.Unknown} {
			if used {
				forms++
			}
		}
		if k.Flags&KeyVariable != 0 && s.ByOptions == nil {
			return fmt.Errorf("Keys[%d] is flagged KeyVariable, and there is no ByOptions", i)
		}
		if forms != 1 {
			return fmt.Errorf("Keys[%d] is not exactly one of range, count, keyword and unknown", i)
		}
	}
	return nil
}

// nameWords is how many arguments the name takes.
func nameWords(s *Spec) int {
	if s.Container != "" {
		return 2
	}
	return 1
}

// usageName is how the usage line has to begin.
func usageName(s *Spec) string {
	return strings.ToUpper(strings.TrimPrefix(s.Container+" "+s.Name, " "))
}

func keyFlags(s *Spec) KeyFlags {
	switch {
	case s.KeyFlags != 0:
		return s.KeyFlags
	case s.Flags.Has(Write):
		return KeyRW | KeyUpdate
	default:
		return KeyRO | KeyAccess
	}
}

// movableKeys is Redis's rule for the flag of that name. The first key, the last one
// and the step do not tell all keys of such a command.
func movableKeys(specs []KeySpec) bool {
	previous := 0
	for i, k := range specs {
		if k.First == 0 || k.Flags&KeyIncomplete != 0 {
			return true
		}
		if len(specs) > 1 && (k.step() != 1 || i > 0 && previous != k.First-1) {
			return true
		}
		previous = k.last()
	}
	return false
}

// LegacyRange is the first key, last key and step that COMMAND shows. They are the part
// of the keys that such a range can tell, 0 0 0 if there is none.
func (c *Command) LegacyRange() (first, last, step int) {
	if len(c.KeySpecs) == 1 {
		if k := c.KeySpecs[0]; k.First > 0 {
			return k.First, k.last(), k.step()
		}
		return 0, 0, 0
	}
	for _, k := range c.KeySpecs {
		if k.First == 0 || k.step() != 1 || last != 0 && last != k.First-1 {
			continue
		}
		if first == 0 {
			first = k.First
		}
		last, step = k.last(), 1
	}
	return first, last, step
}

func (k *KeySpec) step() int { return max(k.Step, 1) }

// last is the absolute position of the last key, or counts from the end.
func (k *KeySpec) last() int {
	if k.Last == 0 {
		return k.First
	}
	return k.Last
}

// isSingle reports whether the spec is one key at pos, always there.
func (k *KeySpec) isSingle(pos int) bool { return k.First == pos && k.last() == pos }
