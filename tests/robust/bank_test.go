package robust

import (
	"fmt"
	"strconv"

	"github.com/anishathalye/porcupine"
)

const accounts = 5

// bank moves money between accounts by MULTI and reads all of them at once, by
// MGET and by MULTI. All begin with nothing and may be overdrawn; the sum is
// nothing at any time.
type bank struct {
	*arena
}

type balances [accounts]int

// bankIn is a transfer, or with amount 0 a read.
type bankIn struct {
	from, to, amount int
}

// bankOut is what was answered: all balances, or the two that have changed.
type bankOut struct {
	all      balances
	from, to int
}

var bankKind = kind{
	model: porcupine.Model{
		Init: func() any { return balances{} },
		Step: func(state, input, output any) (bool, any) {
			b, in := state.(balances), input.(bankIn)
			out, known := output.(bankOut)
			if in.amount == 0 {
				return !known || out.all == b, b
			}
			b[in.from] -= in.amount
			b[in.to] += in.amount
			return !known || b[in.from] == out.from && b[in.to] == out.to, b
		},
		DescribeOperation: func(input, output any) string {
			in := input.(bankIn)
			out, known := output.(bankOut)
			switch {
			case in.amount == 0:
				return fmt.Sprint("read ", out.all)
			case known:
				return fmt.Sprintf("%d: %d -> %d: %d %d", in.amount, in.from, in.to, out.from, out.to)
			}
			return fmt.Sprintf("%d: %d -> %d: unknown", in.amount, in.from, in.to)
		},
	},
	exact: func(ops []porcupine.Operation, _ bool) error {
		for _, op := range ops {
			out, known := op.Output.(bankOut)
			sum := 0
			for _, b := range out.all {
				sum += b
			}
			if known && sum != 0 {
				return fmt.Errorf("the balances %v have the sum %d", out.all, sum)
			}
		}
		return nil
	},
	look: func(c *client, key string) (any, any, outcome) {
		v, o := c.one(append([]string{"MGET"}, accountKeys(key)...)...)
		return bankIn{}, bankOut{all: balancesOf(v.Strings())}, o
	},
	keys: accountKeys,
}

func newBank(r *run, w *tally) workload { return &bank{newArena(r, w, 2, bankKind)} }

// accountKeys are spread over the slots: the key's name is no hash tag.
func accountKeys(key string) (keys []string) {
	for i := range accounts {
		keys = append(keys, fmt.Sprint(key, ":", i))
	}
	return keys
}

func balancesOf(texts []string) (b balances) {
	for i, text := range texts {
		if i < accounts && text != "" {
			b[i], _ = strconv.Atoi(text)
		}
	}
	return b
}

func (b *bank) step(c *client) {
	s := b.enter(c.rnd)
	defer b.leave(c, s)
	keys := accountKeys(s.key)
	switch c.rnd.IntN(4) {
	case 0:
		b.record(c, s, bankIn{}, func() (any, outcome) {
			_, out, o := bankKind.look(c, s.key)
			return out, o
		})
	case 1:
		b.record(c, s, bankIn{}, func() (any, outcome) {
			var gets [][]string
			for _, key := range keys {
				gets = append(gets, []string{"GET", key})
			}
			v, o := c.tx(gets...)
			return bankOut{all: balancesOf(v.Strings())}, o
		})
	default:
		from := c.rnd.IntN(accounts)
		in := bankIn{from: from, to: (from + 1 + c.rnd.IntN(accounts-1)) % accounts, amount: 1 + c.rnd.IntN(100)}
		b.record(c, s, in, func() (any, outcome) {
			amount := strconv.Itoa(in.amount)
			v, o := c.tx([]string{"DECRBY", keys[in.from], amount}, []string{"INCRBY", keys[in.to], amount})
			if o != done || len(v.Elems) != 2 {
				return bankOut{}, o
			}
			return bankOut{from: number(v.Elems[0]), to: number(v.Elems[1])}, o
		})
	}
}

func (b *bank) finish(c *client) { b.arena.finish(c) }
