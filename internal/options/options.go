// Package options holds the configuration of a node: one table of all options, and a
// Set with their values. A Set is filled from the command line and from files in
// redis.conf's syntax. Any goroutine may read it, and CONFIG SET changes it.
//
// The table is the single source: --help, CONFIG and docs/OPERATING.md follow from it.
// A new option is one row.
package options

import (
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Set is the options of one node. Its getters may be called from any goroutine and cost
// one map lookup. Code that asks on every command keeps a Number or a String instead.
//
// A name that is not in the table, or that is asked for as another kind, panics: names
// are literals in our own code.
type Set struct {
	rows   []*Row // in the order of the table
	byName map[string]*slot

	mu       sync.Mutex // held while values change; getters do without
	onChange map[*slot][]func()
	checks   map[*slot]func(n int64) error
	together map[*slot][]func(func(string) string) error
	tries    map[*slot]func(text string) error
	share    func([]Pair) error // see ShareWith
	users    [][][]byte         // see UserLines
	given    map[*slot]string   // options of the cluster in the file, as settings.Row.Text has them
	renames  []Pair             // lines rename-command
	notes    []string
	file     string // absolute path of the configuration file, or ""

	trying    sync.Mutex // one Change of such options at a time
	rewriting sync.Mutex // one Rewrite at a time
}

// slot is the place of one option's value.
type slot struct {
	row  *Row
	num  atomic.Int64
	text atomic.Pointer[string]
}

func (sl *slot) store(v value) {
	sl.num.Store(v.num)
	sl.text.Store(&v.text)
}

// New returns a Set with every option at its default.
func New() *Set {
	s := &Set{byName: map[string]*slot{}, onChange: map[*slot][]func(){}, checks: map[*slot]func(int64) error{}, together: map[*slot][]func(func(string) string) error{}, tries: map[*slot]func(string) error{}, given: map[*slot]string{}}
	for i := range table {
		s.add(&table[i])
	}
	for i := range shared {
		s.add(&shared[i])
	}
	for i := range fixed {
		s.add(&fixed[i])
	}
	for _, list := range [][]Row{ignored, valkey} {
		for _, row := range list {
			row.Effect = Ignored
			s.add(&row)
		}
	}
	return s
}

// secrets are the names of the options that no log may have a value of.
var secrets = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, row := range New().rows {
		if row.Secret {
			names[row.Name] = true
			names[row.Alias] = true
		}
	}
	delete(names, "")
	return names
})

// Secret reports whether the value of an option, in any case and by either of its names,
// is a secret.
func Secret(name string) bool { return secrets()[strings.ToLower(name)] }

// Rows returns all options, in the order of the table.
func (s *Set) Rows() []Row {
	rows := make([]Row, len(s.rows))
	for i, r := range s.rows {
		rows[i] = *r
	}
	return rows
}

func (s *Set) add(row *Row) {
	sl := &slot{row: row}
	sl.store(row.initial())
	s.rows = append(s.rows, row)
	s.byName[row.Name] = sl
	if row.Alias != "" {
		s.byName[row.Alias] = sl
	}
}

// initial is the value of the row's default. Rows are checked by a test, so a
// wrong default never gets as far as here.
func (r *Row) initial() value {
	if r.Default == "" {
		return value{}
	}
	words := []string{r.Default}
	if r.Multi {
		words = strings.Fields(r.Default)
	}
	v, err := r.parse(words, "")
	if err != nil {
		panic("options: default of " + r.Name + ": " + err.Error())
	}
	return v
}

// lookup finds an option by either of its names, in any case.
func (s *Set) lookup(name string) (*slot, bool) {
	sl, ok := s.byName[strings.ToLower(name)]
	return sl, ok
}

func (s *Set) must(name string, kinds ...Kind) *slot {
	if sl, ok := s.byName[name]; ok {
		for _, k := range kinds {
			if sl.row.Kind == k {
				return sl
			}
		}
	}
	panic("options: no such option of this kind: " + name)
}

// Number is a handle to a numeric option. The zero value is not usable.
type Number struct{ s *slot }

// Load returns the present value: of an Int its number, of a Memory bytes.
func (n Number) Load() int64 { return n.s.num.Load() }

// Number returns a handle to an Int or Memory option.
func (s *Set) Number(name string) Number { return Number{s.must(name, Int, Memory)} }

// Int returns the value of an Int or Memory option.
func (s *Set) Int(name string) int64 { return s.must(name, Int, Memory).num.Load() }

// Duration returns the value of an Int option that counts a unit of time. A value that
// is too long for one (292 years) gives the longest there is.
func (s *Set) Duration(name string) time.Duration {
	sl := s.must(name, Int)
	if sl.row.Unit == 0 {
		panic("options: not a span of time: " + name)
	}
	return sl.row.span(sl.num.Load())
}

// DurationOf is what Duration would return if the option had a value.
func (s *Set) DurationOf(name, text string) time.Duration {
	n, _ := parseInt(text)
	return s.must(name, Int).row.span(n)
}

func (r *Row) span(n int64) time.Duration {
	if n > int64(math.MaxInt64/r.Unit) {
		return math.MaxInt64
	}
	return time.Duration(n) * r.Unit
}

// Bool returns the value of a Bool option.
func (s *Set) Bool(name string) bool { return s.must(name, Bool).num.Load() != 0 }

// String is a handle to a textual option. The zero value is not usable.
type String struct{ s *slot }

// Load returns the present value.
func (h String) Load() string { return *h.s.text.Load() }

// Text returns a handle to a Text or Enum option.
func (s *Set) Text(name string) String { return String{s.must(name, Text, Enum)} }

// String returns the value of a Text or Enum option.
func (s *Set) String(name string) string { return *s.must(name, Text, Enum).text.Load() }

// Words returns the words of a Multi option.
func (s *Set) Words(name string) []string { return strings.Fields(s.String(name)) }

// FileMode returns the value of an option that has the permissions of a file.
func (s *Set) FileMode(name string) fs.FileMode {
	n, _ := strconv.ParseUint(s.String(name), 8, 32) // checked when it was set
	return fs.FileMode(n)
}

// Nodes returns what initial-cluster lists.
func (s *Set) Nodes() []Node {
	nodes, _ := parseNodes(s.String("initial-cluster")) // checked when it was set
	return nodes
}

// Without returns the names in found-without.
func (s *Set) Without() []string { return splitNames(s.String("found-without")) }

// Agreed returns the options that all nodes of a cluster must have alike, with
// their values.
func (s *Set) Agreed() map[string]string {
	out := map[string]string{}
	for i := range table {
		if name := table[i].Name; table[i].Agreed {
			out[name] = *s.must(name, table[i].Kind).text.Load()
		}
	}
	return out
}

// OutputLimits returns client-output-buffer-limit: for ordinary clients, for
// replicas, and for those that subscribed to channels.
func (s *Set) OutputLimits() (normal, replica, pubsub OutputLimit) {
	limits := parseOutputLimits(s.String("client-output-buffer-limit"))
	return limits[0], limits[1], limits[2]
}

// File returns the absolute path of the configuration file, or "".
func (s *Set) File() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file
}

// Renames returns the lines rename-command, in their order: a command's name, and its new
// one or "".
func (s *Set) Renames() []Pair {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.renames)
}

// Notes returns what a reader of the log should know of the options that were
// loaded: those that were given and have no effect.
func (s *Set) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.notes...)
}
