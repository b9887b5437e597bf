package command

import (
	"errors"
	"slices"
)

// errKeysUntold asks the author of a row for what cannot be derived.
var errKeysUntold = errors.New("the usage line does not tell where the keys stand: give Keys (or NoKeys)")

// keysOf derives key specs from the syntax. pos is the position of the first of
// args. In a command that writes to a destination the other keys are only read.
func keysOf(args []Arg, pos int, flags KeyFlags) ([]KeySpec, error) {
	hasDestination := slices.ContainsFunc(args, func(a Arg) bool { return isDestination(a.Name) })
	var specs []KeySpec
	for i := range args {
		a := &args[i]
		n, fixed := a.words()
		if a.hasKey() {
			if pos < 0 {
				return nil, errKeysUntold
			}
			spec, err := keySpecOf(args, i, pos)
			if err != nil {
				return nil, err
			}
			switch spec.Flags = flags; {
			case !hasDestination || flags&KeyRO != 0:
			case isDestination(a.Name):
				spec.Flags = KeyOW | KeyUpdate
			default:
				spec.Flags = KeyRO | KeyAccess
			}
			if i > 0 && a.Name == "key2" && args[i-1].Name == "key1" {
				specs[len(specs)-1].Last = pos
			} else {
				specs = append(specs, spec)
			}
		}
		if pos >= 0 && fixed {
			pos += n
		} else {
			pos = -1
		}
	}
	return specs, nil
}

func isDestination(name string) bool {
	return name == "destination" || name == "destkey" || name == "newkey"
}

// keySpecOf derives where the keys of args[i] are, which begins at pos.
func keySpecOf(args []Arg, i, pos int) (KeySpec, error) {
	a := &args[i]
	step := 1
	switch {
	case a.Type == TypeKey && a.Multiple && a.Token == "" && i > 0 && args[i-1].Name == "numkeys":
		return KeySpec{NumKeys: pos - 1, Step: 1}, nil
	case a.Optional || a.Token != "":
		return KeySpec{}, errKeysUntold
	case a.Type == TypeKey && !a.Multiple:
		return KeySpec{First: pos, Last: pos, Step: 1}, nil
	case a.Type == TypeKey:
	case a.Type == TypeBlock && a.Multiple && a.Args[0].Type == TypeKey && !slices.ContainsFunc(a.Args[1:], isKeyArg):
		m, fixed := (&Arg{Type: TypeBlock, Args: a.Args}).words()
		if !fixed {
			return KeySpec{}, errKeysUntold
		}
		step = m
	default:
		return KeySpec{}, errKeysUntold
	}
	last := -1
	for j := i + 1; j < len(args); j++ {
		n, fixed := args[j].words()
		if !fixed {
			return KeySpec{}, errKeysUntold
		}
		last -= n
	}
	return KeySpec{First: pos, Last: last, Step: step}, nil
}

func isKeyArg(a Arg) bool { return a.hasKey() }

// hasKey reports whether a key stands anywhere in a.
func (a *Arg) hasKey() bool {
	return a.Type == TypeKey || slices.ContainsFunc(a.Args, isKeyArg)
}

// numberKeys gives the keys in args the indices of their key specs, in order.
func numberKeys(args []Arg, specs int) {
	index := 0
	var walk func([]Arg)
	walk = func(args []Arg) {
		for i := range args {
			if args[i].Type == TypeKey {
				args[i].KeySpec = min(index, specs-1)
				index++
			}
			walk(args[i].Args)
		}
	}
	walk(args)
}
