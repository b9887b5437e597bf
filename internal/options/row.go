package options

import (
	"math"
	"time"
)

// Kind is how the value of an option is written.
type Kind uint8

// The kinds.
const (
	Bool   Kind = iota // yes or no
	Int                // a decimal number within Min and Max
	Memory             // a number of bytes: 1024, 64kb, 512mb, 1g
	Enum               // one of a list of words
	Text               // anything; a Multi option takes several words
)

// Effect is what it means to give an option another value than its default.
type Effect uint8

// The effects.
const (
	Live    Effect = iota // takes effect at once, CONFIG SET included
	Cluster               // belongs to the cluster: CONFIG SET changes it on all nodes, a file's value is what a new cluster starts with
	Start                 // read when the process starts; CONFIG SET refuses it
	Ignored               // an option of Redis without a counterpart here: kept, shown, without effect
	Fixed                 // has one value here; a file may ask for another and gets a line in the log
	Refused               // has one value here; asking for another ends the start, for it must not go unnoticed
)

// Bounds that several rows share.
const (
	maxInt32 = math.MaxInt32
	maxInt64 = math.MaxInt64
	maxPort  = 65535
)

// Row describes one option. All that CONFIG, --help and docs/OPERATING.md say
// about options follows from it.
type Row struct {
	Name      string
	Alias     string // a second name for the same value
	Group     string // heading in --help
	Kind      Kind
	Effect    Effect
	Default   string
	Min       int64
	Max       int64
	Enum      []string
	Unit      time.Duration // what an Int counts, where it is a span of time
	Multi     bool          // takes any number of words
	Adds      bool          // the lines of a file add up; CONFIG SET starts afresh
	Hidden    bool          // CONFIG GET shows it only by its full name
	Secret    bool          // never written to a log
	Masked    bool          // CONFIG GET shows it as empty
	Reloads   bool          // CONFIG SET of the same value is a change: it names a file
	Protected bool          // CONFIG SET refuses it to those whom enable-protected-configs does not let
	Agreed    bool          // the same on all nodes of a cluster, for as long as that lives
	Doc       string        // one line, without a full stop

	// norm checks the words of a Text option and returns its value as CONFIG
	// GET shows it. old is the present value, which some options build on.
	norm func(words []string, old string) (string, error)
}

// Mutable reports whether CONFIG SET may change the option.
func (r *Row) Mutable() bool { return r.Effect == Live || r.Effect == Cluster || r.Effect == Ignored }
