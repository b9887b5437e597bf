package command

import (
	"bytes"
	"testing"
)

func TestWait(t *testing.T) {
	t.Parallel()
	ways := map[string]*Wait{
		"BLPOP": WaitPopList, "BRPOP": WaitPopList, "BZPOPMIN": WaitPopZSet, "BLMPOP": WaitMPopList, "BZMPOP": WaitMPopZSet,
		"BLMOVE": WaitMove, "BRPOPLPUSH": WaitMoveTail, "XREAD": WaitStreams, "XREADGROUP": WaitGroup,
	}
	for _, test := range []struct{ line, keys, only string }{
		{"BLPOP a b 0", "a b", "BLPOP b 0"},
		{"BRPOP a 1.5", "a", "BRPOP a 1.5"},
		{"BLPOP a x", "", ""},
		{"BZPOPMIN a b a -1", "", ""},
		{"BLMPOP 0 2 a b left", "a b", "BLMPOP 0 1 b left"},
		{"BLMPOP 0 2 a b RIGHT count 3", "a b", "BLMPOP 0 1 b RIGHT count 3"},
		{"BLMPOP x 2 a b RIGHT", "", ""},
		{"BLMPOP 0 3 a b RIGHT", "", ""},
		{"BLMPOP 0 0 a RIGHT", "", ""},
		{"BLMPOP 0 1 a MIN", "", ""},
		{"BLMPOP 0 1 a LEFT COUNT", "", ""},
		{"BLMPOP 0 1 a LEFT COUNT 0", "", ""},
		{"BLMPOP 0 1 a LEFT LIMIT 1", "", ""},
		{"BZMPOP 0 2 a b MIN", "a b", "BZMPOP 0 1 b MIN"},
		{"BLMOVE a b LEFT right 0", "a", "BLMOVE a b LEFT right 0"},
		{"BLMOVE a b LEFT UP 0", "", ""},
		{"BRPOPLPUSH a b 0", "a", "BRPOPLPUSH a b 0"},
		{"BRPOPLPUSH a b x", "", ""},
		{"XREAD BLOCK 5 COUNT 2 STREAMS a b 1 2", "a b", "XREAD BLOCK 5 COUNT 2 STREAMS b 2"},
		{"XREAD STREAMS a b 1 2", "", ""},
		{"XREAD BLOCK 5 STREAMS a b 1", "", ""},
		{"XREAD BLOCK 5 GROUP g c STREAMS a 1", "", ""},
		{"XREAD BLOCK 5 NOACK STREAMS a 1", "", ""},
		{"XREAD BLOCK x STREAMS a 1", "", ""},
		{"XREAD BLOCK 5 COUNT x STREAMS a 1", "", ""},
		{"XREAD BLOCK 5", "", ""},
		{"XREADGROUP GROUP g c noack BLOCK 5 STREAMS a b > >", "a b", "XREADGROUP GROUP g c noack BLOCK 5 STREAMS b >"},
		{"XREADGROUP BLOCK 5 STREAMS a >", "", ""},
		{"XREADGROUP GROUP g c STREAMS a >", "", ""},
	} {
		args := bytes.Fields([]byte(test.line))
		way := ways[string(args[0])]
		w, ok := way.Parse(args)
		if !ok {
			if test.keys != "" {
				t.Errorf("%s does not wait", test.line)
			}
			continue
		}
		if keys := string(bytes.Join(w.Keys, []byte(" "))); keys != test.keys {
			t.Errorf("%s waits for %q, want %q", test.line, keys, test.keys)
		}
		if only := string(bytes.Join(way.Only(args, w.Keys[len(w.Keys)-1]), []byte(" "))); only != test.only {
			t.Errorf("%s becomes %q, want %q", test.line, only, test.only)
		}
	}
}
