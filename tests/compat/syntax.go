package compat

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// Arg is one element of a command's syntax, as COMMAND DOCS tells it.
type Arg struct {
	Name  string
	Type  string // "key", "integer", "pure-token", "oneof", "block" …
	Token string // the word in front of it
	// Optional, Multiple: may be left out, may be repeated; MultipleToken: the
	// token is repeated with it.
	Optional, Multiple, MultipleToken bool
	Args                              []Arg // alternatives of a oneof, elements of a block
}

// Syntax are the arguments of every command of a server, by full name in lower
// case ("set", "client list").
type Syntax map[string][]Arg

// ReadSyntax asks a server, on a connection that speaks RESP3, for the syntax
// of its commands.
func ReadSyntax(c *wire.Conn) (Syntax, error) {
	v, err := c.Do("COMMAND", "DOCS")
	if err != nil {
		return nil, err
	}
	if v.Kind != wire.Map {
		return nil, fmt.Errorf("COMMAND DOCS answers %.100s", Format(v))
	}
	s := Syntax{}
	s.add("", v)
	return s, nil
}

func (s Syntax) add(container string, docs wire.Value) {
	for i := 0; i+1 < len(docs.Elems); i += 2 {
		_, name, isSub := strings.Cut(docs.Elems[i].Text, "|")
		if !isSub {
			name = docs.Elems[i].Text
		}
		if container != "" {
			name = container + " " + name
		}
		doc := docs.Elems[i+1]
		s[name] = readArgs(field(doc, "arguments"))
		s.add(name, field(doc, "subcommands"))
	}
}

// field is a value of a map, zero if it is not there.
func field(m wire.Value, key string) wire.Value {
	for i := 0; i+1 < len(m.Elems); i += 2 {
		if m.Elems[i].Text == key {
			return m.Elems[i+1]
		}
	}
	return wire.Value{}
}

func readArgs(list wire.Value) []Arg {
	var out []Arg
	for _, e := range list.Elems {
		a := Arg{
			Name: field(e, "name").Text, Type: field(e, "type").Text, Token: field(e, "token").Text,
			Args: readArgs(field(e, "arguments")),
		}
		for _, f := range field(e, "flags").Elems {
			switch f.Text {
			case "optional":
				a.Optional = true
			case "multiple":
				a.Multiple = true
			case "multiple_token":
				a.MultipleToken = true
			}
		}
		out = append(out, a)
	}
	return out
}

// Tokens are all words of a syntax that are written as they stand.
func Tokens(args []Arg) []string {
	var out []string
	for _, a := range args {
		if a.Token != "" && a.Token != `""` {
			out = append(out, strings.ToUpper(a.Token))
		}
		out = append(out, Tokens(a.Args)...)
	}
	return out
}
