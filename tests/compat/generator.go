package compat

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Generator makes random command lines from the syntax of commands: most are
// valid, some are not quite.
type Generator struct {
	Syntax Syntax
	Family *Family
	Rand   *rand.Rand

	Command string // being generated

	names, common []string
	numkeys       int // where the number of keys stands in the line; 0: nowhere
}

// NewGenerator returns a generator of a family's commands. A command that the
// server does not have is an error.
func NewGenerator(f *Family, syntax Syntax, rnd *rand.Rand) (*Generator, error) {
	g := &Generator{Syntax: syntax, Family: f, Rand: rnd}
	g.names, g.common = f.names(syntax)
	for _, name := range slices.Concat(g.names, g.common) {
		if _, known := syntax[name]; !known {
			return nil, fmt.Errorf("the reference server has no %s", name)
		}
	}
	return g, nil
}

// How often a command line is damaged, a list of arguments is long enough for
// other encodings, and so on: one in so many.
const (
	spoiled = 16
	many    = 60
	rare    = 6 // a common command
)

// Next returns a command line.
func (g *Generator) Next() []string {
	g.Command = g.pick(g.names)
	if g.Rand.IntN(rare) == 0 {
		g.Command = g.pick(g.common)
	}
	if g.Family.Line != nil {
		if line := g.Family.Line(g, g.Command); line != nil {
			return line
		}
	}
	line := g.FromSyntax()
	if g.Rand.IntN(spoiled) == 0 {
		line = g.spoil(line)
	}
	return line
}

// FromSyntax returns a command line for Command that follows its syntax.
func (g *Generator) FromSyntax() []string {
	g.numkeys = 0
	line := strings.Fields(g.Command)
	for _, a := range g.Syntax[g.Command] {
		line = g.element(line, a)
	}
	return line
}

func (g *Generator) element(line []string, a Arg) []string {
	if a.Optional && g.Rand.IntN(3) > 0 {
		return line
	}
	times := 1
	if a.Multiple {
		times += g.Rand.IntN(3)
		if g.Rand.IntN(many) == 0 {
			times += g.Rand.IntN(300)
		}
	}
	for i := range times {
		if a.Token != "" && a.Type != "pure-token" && (i == 0 || a.MultipleToken) {
			line = append(line, g.anyCase(a.Token))
		}
		switch a.Type {
		case "oneof":
			line = g.element(line, a.Args[g.Rand.IntN(len(a.Args))])
		case "block":
			for _, e := range a.Args {
				line = g.element(line, e)
			}
		case "pure-token":
			line = append(line, g.anyCase(a.Token))
		default:
			if a.Name == "numkeys" {
				g.numkeys = len(line)
			}
			line = append(line, g.word(a))
		}
	}
	if a.Type == "key" && a.Multiple && g.numkeys > 0 && g.Rand.IntN(10) > 0 {
		line[g.numkeys] = strconv.Itoa(times)
	}
	return line
}

func (g *Generator) anyCase(token string) string {
	if g.Rand.IntN(8) == 0 {
		return strings.ToLower(token)
	}
	return token
}

// spoil damages a command line, but not the command's name.
func (g *Generator) spoil(line []string) []string {
	if len(line) < 2 {
		return append(line, g.stray())
	}
	at := 1 + g.Rand.IntN(len(line)-1)
	switch g.Rand.IntN(5) {
	case 0:
		return append(line, g.stray())
	case 1:
		return append(line, line[at])
	case 2:
		return append(line[:at:at], line[at+1:]...)
	case 3:
		return append(append(line[:at:at], g.stray()), line[at:]...)
	}
	line[at] = g.stray()
	return line
}

// stray is a word for a place where it does not belong. Where it could be taken
// for a time to live, it is none that ends during the test.
func (g *Generator) stray() string {
	for {
		word := g.pick(strayWords)
		n, err := strconv.Atoi(word)
		if err != nil || n <= 0 || n > 1000 || !expiring[g.Command] {
			return word
		}
	}
}

// expiring are the commands that take a time to live.
var expiring = map[string]bool{"set": true, "msetex": true, "hsetex": true, "hgetex": true, "setex": true, "psetex": true, "getex": true, "expire": true, "pexpire": true}

func (g *Generator) pick(list []string) string { return list[g.Rand.IntN(len(list))] }
