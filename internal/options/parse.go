package options

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The possible faults of a value. The texts are Redis 7.0's: they end a bad start and
// stand in the reply of CONFIG SET.
var (
	errArgCount  = errors.New("wrong number of arguments")
	errBool      = errors.New("argument must be 'yes' or 'no'")
	errInt       = errors.New("argument couldn't be parsed into an integer")
	errMemory    = errors.New("argument must be a memory value")
	errDirective = errors.New("Bad directive or wrong number of arguments")
	errQuotes    = errors.New("Unbalanced quotes in configuration line")
	errImmutable = errors.New("can't set immutable config")
	errProtected = errors.New("can't set protected config")
	errDuplicate = errors.New("duplicate parameter")
)

// value is the value of an option. text is its form in CONFIG GET. num is for the kinds
// that are numbers: a Bool is 0 or 1, an Enum its place in Row.Enum.
type value struct {
	text string
	num  int64
}

// parse turns the words behind an option's name into its value. old is the
// present text.
func (r *Row) parse(words []string, old string) (value, error) {
	if !r.Multi && len(words) != 1 {
		return value{}, errArgCount
	}
	switch r.Kind {
	case Bool:
		switch strings.ToLower(words[0]) {
		case "yes":
			return value{"yes", 1}, nil
		case "no":
			return value{"no", 0}, nil
		}
		return value{}, errBool
	case Int:
		n, ok := parseInt(words[0])
		if !ok {
			return value{}, errInt
		}
		return r.bounded(n)
	case Memory:
		n, ok := ParseMemory(words[0])
		if !ok {
			return value{}, errMemory
		}
		return r.bounded(n)
	case Enum:
		for i, word := range r.Enum {
			if strings.EqualFold(word, words[0]) {
				return value{word, int64(i)}, nil
			}
		}
		return value{}, fmt.Errorf("argument(s) must be one of the following: %s", strings.Join(r.Enum, ", "))
	}
	if r.norm != nil {
		text, err := r.norm(words, old)
		return value{text: text}, err
	}
	return value{text: strings.Join(words, " ")}, nil
}

func (r *Row) bounded(n int64) (value, error) {
	if n < r.Min || n > r.Max {
		return value{}, fmt.Errorf("argument must be between %d and %d inclusive", r.Min, r.Max)
	}
	return value{strconv.FormatInt(n, 10), n}, nil
}

// parseInt reads a decimal number the way Redis does: no sign but a leading
// minus, no leading zero, no blank.
func parseInt(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == s
}

// memoryUnits are Redis's: k is a thousand, kb is 1024.
var memoryUnits = map[string]int64{
	"": 1, "b": 1,
	"k": 1000, "kb": 1 << 10,
	"m": 1000 * 1000, "mb": 1 << 20,
	"g": 1000 * 1000 * 1000, "gb": 1 << 30,
}

// ParseMemory reads a number of bytes with an optional unit (b, k, kb, m, mb,
// g, gb in either case).
func ParseMemory(s string) (int64, bool) {
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	n, err := strconv.ParseInt(s[:digits], 10, 64)
	unit, ok := memoryUnits[strings.ToLower(s[digits:])]
	if err != nil || !ok || n > math.MaxInt64/unit {
		return 0, false
	}
	return n * unit, true
}

// formatMemory writes n with the largest unit that divides it, as CONFIG
// REWRITE does.
func formatMemory(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "gb"}, {1 << 20, "mb"}, {1 << 10, "kb"}} {
		if n != 0 && n%unit.size == 0 {
			return strconv.FormatInt(n/unit.size, 10) + unit.name
		}
	}
	return strconv.FormatInt(n, 10)
}
