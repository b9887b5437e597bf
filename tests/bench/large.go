package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// The cost of one write on something large, in the server itself. On msredis that is the
// time in apply, for which all other writes of the cluster wait on every node. On
// redis-server it is the time of the call, as INFO has it.

// largeTimeout bounds one exchange: filling a value, or one large write.
const largeTimeout = 2 * time.Minute

// largeWrite is one write on large values. In its arguments z, s and so on are keys that
// stay, and w is a fresh value for each run.
type largeWrite struct {
	name string
	of   string // the key whose value w has; "": w is not needed
	args func(n int) []string
}

func words(args ...string) func(int) []string { return func(int) []string { return args } }

// numbered appends the arguments that each of half of the elements gives.
func numbered(element func(i int) []string, args ...string) func(int) []string {
	return func(n int) []string {
		all := slices.Clone(args)
		for i := range n / 2 {
			all = append(all, element(2*i)...)
		}
		return all
	}
}

// most is a count that leaves a tenth.
func most(args ...string) func(int) []string {
	return func(n int) []string { return append(slices.Clone(args), strconv.Itoa(n-n/10)) }
}

func largeWrites() []largeWrite {
	member := func(i int) []string { return []string{"m" + word(i)} }
	list := []largeWrite{
		{"ZUNIONSTORE", "", words("ZUNIONSTORE", "d", "2", "z", "y")},
		{"ZINTERSTORE", "", words("ZINTERSTORE", "d", "2", "z", "y")},
		{"ZDIFFSTORE", "", words("ZDIFFSTORE", "d", "2", "z", "y")},
		{"ZRANGESTORE", "", words("ZRANGESTORE", "d", "z", "0", "-1")},
		{"GEOSEARCHSTORE", "", words("GEOSEARCHSTORE", "d", "g", "FROMLONLAT", "0", "0", "BYRADIUS", "30000", "km")},
		{"SUNIONSTORE", "", words("SUNIONSTORE", "d", "s", "r")},
		{"SUNIONSTORE of integers", "", words("SUNIONSTORE", "d", "i", "i")},
		{"SINTERSTORE", "", words("SINTERSTORE", "d", "s", "r")},
		{"SDIFFSTORE", "", words("SDIFFSTORE", "d", "s", "r")},
		{"SORT ALPHA STORE of a set", "", words("SORT", "s", "ALPHA", "STORE", "d")},
		{"SORT STORE of a list", "", words("SORT", "l", "STORE", "d")},
		{"ZREMRANGEBYRANK, nine tenths", "z", most("ZREMRANGEBYRANK", "w", "1")},
		{"ZREMRANGEBYSCORE, nine tenths", "z", most("ZREMRANGEBYSCORE", "w", "1")},
		{"ZPOPMIN, nine tenths", "z", most("ZPOPMIN", "w")},
		{"ZMPOP, nine tenths", "z", most("ZMPOP", "1", "w", "MAX", "COUNT")},
		{"ZREM, half", "z", numbered(member, "ZREM", "w")},
		{"SPOP, a tenth", "s", func(n int) []string { return []string{"SPOP", "w", strconv.Itoa(n / 10)} }},
		{"SPOP, half", "s", func(n int) []string { return []string{"SPOP", "w", strconv.Itoa(n / 2)} }},
		{"SPOP, nine tenths", "s", most("SPOP", "w")},
		{"SREM, half", "s", numbered(member, "SREM", "w")},
		{"HDEL, half", "h", numbered(func(i int) []string { return []string{"f" + strconv.Itoa(i)} }, "HDEL", "w")},
		{"LPOP, nine tenths", "l", most("LPOP", "w")},
		{"RPOP, nine tenths", "l", most("RPOP", "w")},
		{"LMPOP, nine tenths", "l", most("LMPOP", "1", "w", "LEFT", "COUNT")},
		{"LTRIM, nine tenths", "l", func(n int) []string { return []string{"LTRIM", "w", strconv.Itoa(n - n/10), "-1"} }},
		{"LREM of one", "l", func(n int) []string { return []string{"LREM", "w", "0", word(n - 1)} }},
		{"XTRIM, all but 10", "x", words("XTRIM", "w", "MAXLEN", "10")},
		{"XADD MAXLEN 10", "x", words("XADD", "w", "MAXLEN", "10", "*", "f", "v")},
		{"XDEL, half", "x", numbered(func(i int) []string { return []string{strconv.Itoa(i+1) + "-0"} }, "XDEL", "w")},
		{"BITOP OR of long strings", "", words("BITOP", "OR", "d", "b", "b")},
		{"SETRANGE in a long string", "b", words("SETRANGE", "w", "1000", "x")},
		{"APPEND to a long string", "b", words("APPEND", "w", "x")},
		{"MSET of half as many keys", "", numbered(func(i int) []string { return []string{"k" + strconv.Itoa(i), "v"} }, "MSET")},
	}
	for _, key := range []string{"z", "s", "h", "l", "x"} {
		what := map[string]string{"z": "a sorted set", "s": "a set", "h": "a hash", "l": "a list", "x": "a stream"}[key]
		list = append(list,
			largeWrite{"COPY of " + what, "", words("COPY", key, "d", "REPLACE")},
			largeWrite{"RESTORE of " + what, key, nil},
			largeWrite{"RENAME of " + what, key, words("RENAME", "w", "d")},
			largeWrite{"DEL of " + what, key, words("DEL", "w")})
	}
	return append(list, largeWrite{"SWAPDB", "", words("SWAPDB", "0", "1")}, largeWrite{"SWAPDB", "", words("SWAPDB", "0", "1")},
		largeWrite{"FLUSHALL", "", words("FLUSHALL")})
}

// largeServer is a server with the values, and their serialised forms.
type largeServer struct {
	*peer
	conn  *wire.Conn
	dumps map[string]string
}

func (s *largeServer) do(args ...string) (wire.Value, error) {
	v, err := s.conn.Do(args...)
	if err == nil && v.IsError() {
		err = fmt.Errorf("%s: %s", args[0], v.Text)
	}
	return v, err
}

// fill makes the values of n elements.
func (s *largeServer) fill(n int) error {
	values := []struct {
		key, command string
		first        int
		element      func(i int) []string
	}{
		{"z", "ZADD", 0, func(i int) []string { return []string{strconv.Itoa(i), "m" + word(i)} }},
		{"y", "ZADD", n / 2, func(i int) []string { return []string{strconv.Itoa(i), "m" + word(i)} }},
		{"g", "GEOADD", 0, func(i int) []string {
			return []string{strconv.Itoa(i%360 - 180), strconv.FormatFloat(float64(i%170000)/1000-85, 'f', 3, 64), word(i)}
		}},
		{"s", "SADD", 0, func(i int) []string { return []string{"m" + word(i)} }},
		{"r", "SADD", n / 2, func(i int) []string { return []string{"m" + word(i)} }},
		{"i", "SADD", 0, func(i int) []string { return []string{strconv.Itoa(i)} }},
		{"h", "HSET", 0, func(i int) []string { return []string{"f" + strconv.Itoa(i), word(i)} }},
		{"l", "RPUSH", 0, func(i int) []string { return []string{word(i)} }},
		{"x", "XADD", 0, func(i int) []string { return []string{strconv.Itoa(i+1) + "-0", "field", word(i)} }},
	}
	for _, v := range values {
		each := 100
		if v.command == "XADD" {
			each = 1
		}
		err := fill(s.addrs[0], n/each, func(dst []byte, i int) []byte {
			args := []string{v.command, v.key}
			for j := range each {
				args = append(args, v.element(v.first+i*each+j)...)
			}
			return appendCommand(dst, args...)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", v.command, err)
		}
	}
	_, err := s.do("SETRANGE", "b", strconv.Itoa(64*n-1), "x")
	return err
}

// spent is the time of all large writes so far.
func (s *largeServer) spent() (time.Duration, error) {
	if s.metrics != nil {
		return time.Duration(scrape(s.metrics[0], "msredis_apply_seconds_sum") * float64(time.Second)), nil
	}
	v, err := s.do("INFO", "commandstats")
	if err != nil {
		return 0, err
	}
	sum := 0
	for line := range strings.Lines(v.Text) {
		if _, rest, ok := strings.Cut(line, "usec="); ok {
			rest, _, _ = strings.Cut(rest, ",")
			n, err := strconv.Atoi(rest)
			if err != nil {
				return 0, err
			}
			sum += n
		}
	}
	return time.Duration(sum) * time.Microsecond, nil
}

// run makes w, and returns what the write on it took.
func (s *largeServer) run(l *largeWrite, n int) (time.Duration, error) {
	if _, err := s.do("DEL", "w", "d"); err != nil {
		return 0, err
	}
	args := []string{"RESTORE", "w", "0", ""}
	if l.of != "" {
		if s.dumps[l.of] == "" {
			v, err := s.do("DUMP", l.of)
			if err != nil {
				return 0, err
			}
			s.dumps[l.of] = v.Text
		}
		args[3] = s.dumps[l.of]
	}
	if l.args != nil {
		if l.of != "" {
			if _, err := s.do(args...); err != nil {
				return 0, err
			}
		}
		args = l.args(n)
	}
	before, err := s.spent()
	if err != nil {
		return 0, err
	}
	if _, err := s.do(args...); err != nil {
		return 0, err
	}
	after, err := s.spent()
	return after - before, err
}

// runLarge measures every large write on redis-server, on msredis and, with -beside, on
// another msredis, in turns.
func runLarge(ctx context.Context, o *options, b *bins, root string) error {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	n := min(bigElements, o.keys)
	machine, err := machineLine(ctx, b, root)
	if err != nil {
		return err
	}
	type column struct {
		head string
		peer string
		bins bins
	}
	columns := []column{{"redis-server ms", redisNone, *b}, {"msredis ms", msredis1, *b}}
	if o.beside != "" {
		old, err := filepath.Abs(o.beside)
		if err != nil {
			return err
		}
		columns = append(columns, column{"msredis before ms", msredis1, bins{msredis: old}})
	}
	crowd := busy()
	var servers []*largeServer
	for i := range columns {
		fmt.Fprintf(os.Stderr, "%s: values of %d elements ...\n", columns[i].head, n)
		p, err := startPeer(ctx, &columns[i].bins, root, columns[i].peer, false)
		if err != nil {
			return err
		}
		defer p.stop()
		conn, err := wire.Dial(p.addrs[0])
		if err != nil {
			return err
		}
		defer conn.Close()
		conn.Timeout = largeTimeout
		s := &largeServer{peer: p, conn: conn, dumps: map[string]string{}}
		if err := s.fill(n); err != nil {
			return fmt.Errorf("%s: %w", columns[i].head, err)
		}
		servers = append(servers, s)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s. Values of %d elements of %d bytes. Rounds: %d; medians.\n\n%s", machine, n, elementBytes, o.rounds, caution(o, crowd))
	head, line := "| |", "| --- |"
	for i := range columns {
		head, line = head+" "+columns[i].head+" |", line+" --- |"
	}
	text.WriteString(head + "\n" + line + "\n")
	for _, l := range largeWrites() {
		if !only.MatchString(l.name) {
			continue
		}
		times := make([][]float64, len(servers))
		rounds := o.rounds
		if l.name == "FLUSHALL" {
			rounds = 1
		}
		for range rounds {
			for i, s := range servers {
				took, err := s.run(&l, n)
				if err != nil {
					return fmt.Errorf("%s: %s: %w", columns[i].head, l.name, err)
				}
				times[i] = append(times[i], took.Seconds()*1000)
			}
		}
		fmt.Fprintf(&text, "| %s |", l.name)
		for i := range times {
			fmt.Fprintf(&text, " %s |", millis(median(times[i])))
		}
		text.WriteString("\n")
		fmt.Fprintln(os.Stderr, l.name, times)
	}
	fmt.Print(text.String())
	if o.update {
		return replaceSection("bench-large", text.String())
	}
	return nil
}
