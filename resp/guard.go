package resp

import (
	"bytes"

	"github.com/tidwall/redcon"
)

// guard stands between a socket and redcon's parser. It checks what was received by
// Redis's rules and hands redcon nothing but whole, well-formed commands.
//
// Most of what clients send is there as a whole and framed to the letter; redcon cuts
// that. The guard takes everything else apart itself: inline commands, commands that
// are longer than one read, and input that Redis forgives and redcon does not. So
// redcon never sees half a command, which it would parse from the start again at each
// read. It never sees a length that was not checked.
//
// A guard is confined to the goroutine of its event loop. Between two clients it keeps
// no more than the beginning of a line or of a command.
type guard struct {
	limits func() bounds

	buf  []byte // [next:end) was received and not looked at yet
	next int
	end  int
	lent bool // buf belongs to the loop

	parser parser
	direct bool     // the last input was the parser's own memory
	whole  [][]byte // a command that was completed in it
	fault  *fault   // ends the connection behind the commands before it
}

// input returns memory to read the socket into: buf, or that of the large
// argument that is under way. Its bytes are reported to received.
func (g *guard) input(buf []byte) []byte {
	if g.next == g.end {
		if room := g.parser.room(); room != nil {
			g.direct = true
			return room
		}
	}
	// The rest is less than the longest line, and buf has room for that.
	g.direct, g.lent = false, true
	g.next, g.end, g.buf = 0, copy(buf, g.buf[g.next:g.end]), buf
	return g.buf[g.end:]
}

// received takes n bytes that were read into the last input.
func (g *guard) received(n int) {
	if g.direct {
		g.whole = g.parser.filled(n)
		return
	}
	g.end += n
}

// keep moves what is left into memory of the guard's own. It returns how many
// received bytes wait, and how many more fit.
func (g *guard) keep() (used, free int) {
	if g.lent {
		g.lent = false
		g.buf = append([]byte(nil), g.buf[g.next:g.end]...)
		g.next, g.end = 0, len(g.buf)
	}
	return g.end - g.next + len(g.parser.arg), cap(g.parser.arg) - len(g.parser.arg) + cap(g.buf) - g.end
}

// waiting reports whether there may be a command in what is left.
func (g *guard) waiting() bool { return g.next < g.end || g.fault != nil }

// cut appends the commands that are there to cmds. A client that has not logged
// in gets one at a time, because the next may be under other limits.
func (g *guard) cut(cmds [][][]byte) [][][]byte {
	limit := g.limits()
	if g.whole != nil {
		cmds = append(cmds, g.whole)
		g.whole = nil
	}
	for g.fault == nil && g.next < g.end && (limit.authenticated || len(cmds) == 0) {
		if !g.parser.active() {
			if n := len(cmds); g.cutPlain(&cmds, &limit) > n {
				continue
			}
		}
		taken, args, err := g.parser.feed(g.buf[g.next:g.end], &limit)
		g.next += taken
		switch {
		case err != nil:
			g.fault, g.next, g.end = err, 0, 0
		case args != nil:
			cmds = append(cmds, args)
		case taken == 0 || g.parser.active():
			return cmds
		}
	}
	return cmds
}

// cutPlain has redcon cut the run of plain commands in front. They share one
// piece of memory. It returns how long cmds is then.
func (g *guard) cutPlain(cmds *[][][]byte, limit *bounds) int {
	start, args := g.next, 0
	for {
		size, count := plainCommand(g.buf[g.next:g.end], limit)
		if size == 0 {
			break
		}
		g.next += size
		if args += count; !limit.authenticated {
			break
		}
	}
	run, slab := bytes.Clone(g.buf[start:g.next]), make([][]byte, args)
	for len(run) > 0 {
		_, cmd, _, rest, err := redcon.ReadNextCommand(run, slab)
		if err != nil || len(rest) == len(run) {
			g.fault = &fault{cause: "a command that the guard let through was refused"} // the fuzz test says never
			break
		}
		*cmds = append(*cmds, cmd[:len(cmd):len(cmd)])
		run, slab = rest, slab[len(cmd):]
	}
	return len(*cmds)
}
