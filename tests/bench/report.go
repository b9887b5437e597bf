package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// none stands for a figure that is not known.
const none = "–"

// median of a list; NaN of an empty one, and where a NaN is in the middle.
func median(list []float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	list = slices.Sorted(slices.Values(list))
	mid := len(list) / 2
	if len(list)%2 == 1 {
		return list[mid]
	}
	return (list[mid-1] + list[mid]) / 2
}

// medianSpread is "1.05 (0.98–1.11)".
func medianSpread(list []float64) string {
	return fmt.Sprintf("%.2f (%.2f–%.2f)", median(list), slices.Min(list), slices.Max(list))
}

// typical is the median of a figure over the rounds.
func (c *column) typical(of func(*sample) float64) float64 {
	var list []float64
	for i := range c.samples {
		list = append(list, of(&c.samples[i]))
	}
	return median(list)
}

// fsyncsPerOp is by strace or by the server's own count.
func (c *column) fsyncsPerOp() float64 {
	if !math.IsNaN(c.fsyncs) {
		return c.fsyncs
	}
	return c.typical(func(s *sample) float64 { return s.perOp })
}

func number(v float64, format string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return none
	}
	return fmt.Sprintf(format, v)
}

// millis has three digits that count.
func millis(v float64) string {
	switch {
	case v >= 100:
		return number(v, "%.0f")
	case v >= 10:
		return number(v, "%.1f")
	case v >= 1:
		return number(v, "%.2f")
	}
	return number(v, "%.3f")
}

const columns = "| | requests/s | ratio (lowest–highest) | p50 ms | p99 | p99.9 | max | CPU s per million | RSS MiB | fsyncs per request |\n" +
	"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"

// resultTable has a row per series, under a row per point.
func resultTable(results []*result) string {
	var b strings.Builder
	b.WriteString(columns)
	for _, r := range results {
		fmt.Fprintf(&b, "| **%v** | | | | | | | | | |\n", r.point)
		for i, c := range r.columns {
			if c.err != nil {
				fmt.Fprintf(&b, "| %v | not measured | | | | | | | | |\n", c.series)
				continue
			}
			ratio := "1"
			if list := ratios(c, r.columns[0], rate); i > 0 && len(list) > 0 {
				ratio = medianSpread(list)
			} else if i > 0 {
				ratio = none
			}
			fsyncs := none
			if r.point.load.write {
				fsyncs = number(c.fsyncsPerOp(), "%.3f")
			}
			fmt.Fprintf(&b, "| %v | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", c.series,
				number(c.typical(rate.of), "%.0f"), ratio, millis(c.typical(p50.of)),
				millis(c.typical(func(s *sample) float64 { return s.p99 })),
				millis(c.typical(func(s *sample) float64 { return s.p999 })),
				millis(c.typical(func(s *sample) float64 { return s.max })),
				number(c.typical(func(s *sample) float64 { return s.cpuPerMillion }), "%.1f"),
				number(c.typical(func(s *sample) float64 { return s.rss })/(1<<20), "%.0f"), fsyncs)
		}
	}
	return b.String()
}

// targetPage is what users read; it has the table of the targets alone.
const (
	targetPage    = "docs/PERFORMANCE.md"
	targetSection = "bench-targets"
)

// pages are the files with the sections that -update writes. A section that is
// not here is one of the comparison.
var pages = map[string]string{
	targetSection:    targetPage,
	"bench-apply":    "docs/performance/store.md",
	"bench-memory":   "docs/performance/memory.md",
	"bench-elements": "docs/performance/memory.md",
	"bench-stalls":   "docs/performance/stalls.md",
	"bench-large":    "docs/performance/large.md",
}

func pageOf(section string) string {
	if page, ok := pages[section]; ok {
		return page
	}
	return "docs/performance/comparison.md"
}

// mustBeClean refuses figures of a binary that was built from a tree with
// changes: nobody could measure them again.
func mustBeClean(version string) error {
	if strings.Contains(version, "-dirty") {
		return fmt.Errorf("%s was built from a tree with changes: commit them and build again before -update", version)
	}
	return nil
}

// replaceSection puts text between the markers of a section in its page.
func replaceSection(section, text string) error {
	path := pageOf(section)
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fresh, err := replaceBetween(string(old), section, text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(fresh), 0o644)
}

func replaceBetween(old, section, text string) (string, error) {
	begin, end := "<!-- "+section+": begin -->\n", "<!-- "+section+": end -->"
	head, rest, ok := strings.Cut(old, begin)
	if !ok {
		return "", fmt.Errorf("there is no %q", strings.TrimSpace(begin))
	}
	_, tail, ok := strings.Cut(rest, end)
	if !ok {
		return "", fmt.Errorf("there is no %q", end)
	}
	return head + begin + "\n" + strings.TrimSpace(text) + "\n\n" + end + tail, nil
}
