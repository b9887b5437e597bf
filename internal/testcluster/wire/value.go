// Package wire is a Redis client for tests. It keeps every type of the protocol apart,
// and lets a test send bytes that no client library would. It has a notation in which
// replies are written into test scripts.
package wire

import "strings"

// Kind is the type of a reply: the byte that starts it on the wire.
type Kind byte

// The kinds of RESP2 and RESP3. A null bulk string and a null array of RESP2
// have kinds of their own, because nothing else of them differs.
const (
	Simple    Kind = '+'
	Error     Kind = '-'
	Integer   Kind = ':'
	Bulk      Kind = '$'
	Array     Kind = '*'
	Null      Kind = '_'
	Bool      Kind = '#'
	Double    Kind = ','
	BigNumber Kind = '('
	Verbatim  Kind = '='
	Map       Kind = '%'
	Set       Kind = '~'
	Push      Kind = '>'
	NilBulk   Kind = 'b' // $-1
	NilArray  Kind = 'a' // *-1
)

// Value is one reply.
type Value struct {
	Kind Kind
	// Text is the content of everything that is not an aggregate, as sent; of
	// a verbatim string with its format ("txt:…").
	Text string
	// Elems are the parts of an aggregate; of a map keys and values in turn.
	Elems []Value
}

// Equal reports whether a and b are the same reply, types included.
func (v Value) Equal(o Value) bool {
	if v.Kind != o.Kind || v.Text != o.Text || len(v.Elems) != len(o.Elems) {
		return false
	}
	for i := range v.Elems {
		if !v.Elems[i].Equal(o.Elems[i]) {
			return false
		}
	}
	return true
}

// IsError reports whether v is an error reply.
func (v Value) IsError() bool { return v.Kind == Error }

// IsNil reports whether v is one of the three nulls.
func (v Value) IsNil() bool { return v.Kind == Null || v.Kind == NilBulk || v.Kind == NilArray }

// Aggregate reports whether v has elements.
func (v Value) Aggregate() bool {
	switch v.Kind {
	case Array, Map, Set, Push:
		return true
	}
	return false
}

// Code is the first word of an error ("ERR", "WRONGTYPE"), empty for others.
func (v Value) Code() string {
	if v.Kind != Error {
		return ""
	}
	code, _, _ := strings.Cut(v.Text, " ")
	return code
}

// Strings are the texts of the elements.
func (v Value) Strings() []string {
	out := make([]string, len(v.Elems))
	for i, e := range v.Elems {
		out[i] = e.Text
	}
	return out
}
