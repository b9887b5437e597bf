package str_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// TestModel changes one string in every way and compares it with a slice of
// bytes after each step.
func TestModel(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	rnd := rand.New(rand.NewPCG(11, 12))
	var model []byte
	exists := false
	grow := func(n int) {
		if n > len(model) {
			model = append(model, make([]byte, n-len(model))...)
		}
	}
	for step := range 5000 {
		part := make([]byte, rnd.IntN(70))
		for i := range part {
			part[i] = byte(rnd.Uint32())
		}
		at := rnd.IntN(100)
		var args []string
		want := ""
		switch rnd.IntN(8) {
		case 0:
			args, want = []string{"set", "k", string(part)}, "+OK\r\n"
			model, exists = part, true
		case 1:
			n := rnd.Int64() >> rnd.IntN(64)
			args, want = []string{"set", "k", strconv.FormatInt(n, 10)}, "+OK\r\n"
			model, exists = strconv.AppendInt(nil, n, 10), true
		case 2:
			args = []string{"append", "k", string(part)}
			model, exists = append(bytes.Clone(model), part...), true
			want = fmt.Sprintf(":%d\r\n", len(model))
		case 3, 4:
			args = []string{"setrange", "k", strconv.Itoa(at), string(part)}
			if len(part) > 0 {
				model, exists = bytes.Clone(model), true
				grow(at + len(part))
				copy(model[at:], part)
			}
			want = fmt.Sprintf(":%d\r\n", len(model))
		case 5:
			bit := rnd.IntN(2)
			args = []string{"setbit", "k", strconv.Itoa(at), strconv.Itoa(bit)}
			model, exists = bytes.Clone(model), true
			grow(at/8 + 1)
			mask := byte(0x80) >> (at % 8)
			old := 0
			if model[at/8]&mask != 0 {
				old = 1
			}
			if model[at/8] &^= mask; bit == 1 {
				model[at/8] |= mask
			}
			want = fmt.Sprintf(":%d\r\n", old)
		case 6:
			to := at + rnd.IntN(50)
			args = []string{"getrange", "k", strconv.Itoa(at), strconv.Itoa(to)}
			got := []byte{}
			if at < len(model) {
				got = model[at:min(to+1, len(model))]
			}
			want = fmt.Sprintf("$%d\r\n%s\r\n", len(got), got)
		case 7:
			if rnd.IntN(10) > 0 {
				continue
			}
			args, want = []string{"del", "k"}, ":0\r\n"
			if exists {
				want = ":1\r\n"
			}
			model, exists = nil, false
		}
		if got := env.Do(args...); got != want {
			t.Fatalf("step %d: %.80q answers %q, want %q", step, args, got, want)
		}
		content := fmt.Sprintf("$%d\r\n%s\r\n", len(model), model)
		if !exists {
			content = "$-1\r\n"
		}
		if got := env.Do("get", "k"); got != content {
			t.Fatalf("step %d: after %.80q the string is %q, want %q", step, args, got, content)
		}
	}
}

// TestArgumentsAreCopied: the arguments of a command lie in a buffer that is
// used again.
func TestArgumentsAreCopied(t *testing.T) {
	t.Parallel()
	for _, setup := range [][]string{
		{"set", "k", "value"},
		{"set", "k", "12345"},
		{"set", "k", "a long value that is not embedded: xxxxxxxxxxxxxxxxxx"},
		{"append", "k", "value"},
		{"setrange", "k", "0", "value"},
		{"mset", "k", "value", "other", "value"},
		{"getset", "k", "value"},
		{"setex", "k", "100", "value"},
		{"incrbyfloat", "k", "1.5"},
	} {
		env := storetest.New(t, kinds, rows)
		var args [][]byte
		for _, arg := range setup {
			args = append(args, []byte(arg))
		}
		env.Run(args)
		want := env.Do("get", "k")
		for _, arg := range args {
			for i := range arg {
				arg[i] = '#'
			}
		}
		if got := env.Do("get", "k"); got != want || got == "$-1\r\n" {
			t.Errorf("%q: %q became %q with the buffer", setup, want, got)
		}
	}
}
