package robust

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// maxViolations is how many of one workload are told in full.
const maxViolations = 10

// report is what a run comes to, for people.
type report struct {
	dir  string // for pictures of failed histories; made when there is one
	seed uint64
	took time.Duration

	mu      sync.Mutex
	tallies []*tally
	faults  []fault
	silence time.Duration // the longest time in which no command was answered
	notes   []string
}

// fault is something that was done to the cluster.
type fault struct {
	at, lasted time.Duration
	what       string
}

// tally is the account of one workload.
type tally struct {
	name string

	mu         sync.Mutex
	count      [3]int // by outcome
	slowest    time.Duration
	histories  int // that were checked
	undecided  int // that took too long to check
	violations []string
	more       int // violations beyond those
	remarks    []string
}

func (r *report) tally(name string) *tally {
	w := &tally{name: name}
	r.tallies = append(r.tallies, w)
	return w
}

func (w *tally) note(out outcome, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count[out]++
	w.slowest = max(w.slowest, took)
}

// answered is how many commands are done.
func (w *tally) answered() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count[done]
}

// violate notes a broken promise.
func (w *tally) violate(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.violations) >= maxViolations {
		w.more++
		return
	}
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
}

// remark notes a figure that a reader of the report wants to know.
func (w *tally) remark(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.remarks = append(w.remarks, fmt.Sprintf(format, args...))
}

func (r *report) gap(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silence = max(r.silence, d)
}

func (r *report) fault(f fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, f)
}

func (r *report) noted(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// violations counts the broken promises of all workloads.
func (r *report) violations() (n int) {
	for _, w := range r.tallies {
		w.mu.Lock()
		n += len(w.violations) + w.more
		w.mu.Unlock()
	}
	return n
}

// file makes room for a file of the report.
func (r *report) file(name string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.dir == "" {
		r.dir, err = os.MkdirTemp("", "msredis-robust-")
	} else {
		err = os.MkdirAll(r.dir, 0o755)
	}
	return filepath.Join(r.dir, name), err
}

// String is the report as a table.
func (r *report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %v\n\n", r.seed, r.took.Round(time.Second))
	fmt.Fprintf(&b, "%-10s %9s %8s %8s %10s %10s  %s\n", "workload", "ok", "unknown", "refused", "histories", "slowest", "verdict")
	for _, w := range r.tallies {
		w.mu.Lock()
		verdict := "good"
		if n := len(w.violations) + w.more; n > 0 {
			verdict = fmt.Sprintf("%d VIOLATIONS", n)
		}
		if w.undecided > 0 {
			verdict += fmt.Sprintf(", %d undecided", w.undecided)
		}
		if len(w.remarks) > 0 {
			verdict += "; " + strings.Join(w.remarks, ", ")
		}
		fmt.Fprintf(&b, "%-10s %9d %8d %8d %10d %10v  %s\n", w.name, w.count[done], w.count[unknown], w.count[refused],
			w.histories, w.slowest.Round(time.Millisecond), verdict)
		w.mu.Unlock()
	}
	fmt.Fprintf(&b, "\nlongest time without any answer: %v\n", r.silence.Round(time.Millisecond))
	for _, n := range r.notes {
		fmt.Fprintln(&b, n)
	}
	fmt.Fprintf(&b, "\n%d faults\n", len(r.faults))
	const most = 200
	for i, f := range r.faults {
		if i == most {
			fmt.Fprintf(&b, "  and %d more\n", len(r.faults)-most)
			break
		}
		fmt.Fprintf(&b, "  %8.1fs  for %5.1fs  %s\n", f.at.Seconds(), f.lasted.Seconds(), f.what)
	}
	for _, w := range r.tallies {
		for _, v := range w.violations {
			fmt.Fprintf(&b, "\nVIOLATION %s: %s\n", w.name, v)
		}
	}
	return b.String()
}
