package main

import (
	"fmt"
	"html"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
)

// The plots stand in a README that is read on white and on black. So the background is
// left out, and every colour is of middle brightness.
const (
	inkColour  = "#7d8590"
	gridColour = "#7d859055"
)

var colours = map[string]string{
	redisNone: "#9b7fd1", redisEverysec: "#d08a5b", redisAlways: "#d1605e",
	msredis1: "#2f8fd0", msredis3: "#2a9d72", etcd1: "#a3a24a", etcd3: "#a3a24a",
}

// Measures of the plots, in pixels.
const (
	plotWidth  = 860
	labelWidth = 190
	valueWidth = 150
	barHeight  = 13
	barGap     = 3
	groupGap   = 20
	topMargin  = 44
)

// bar is one bar of a plot.
type bar struct {
	name, colour string
	length       float64 // share of the axis
	low, high    float64 // of the line through its end; equal: none
	text         string
	opacity      float64
}

// group is a set of bars under one heading.
type group struct {
	title string
	bars  []bar
}

// chart draws groups of horizontal bars; ticks are places on the axis with their
// text.
func chart(title string, groups []group, ticks map[float64]string) string {
	height := topMargin
	for _, g := range groups {
		height += groupGap + len(g.bars)*(barHeight+barGap) + barGap
	}
	height += 10
	axis := float64(plotWidth - labelWidth - valueWidth)
	x := func(share float64) float64 { return labelWidth + axis*min(max(share, 0), 1) }

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" font-size="11" fill="%s">`+"\n",
		plotWidth, height, plotWidth, height, inkColour)
	fmt.Fprintf(&b, `<title>%s</title>`+"\n"+`<text x="4" y="16" font-size="14" font-weight="600">%[1]s</text>`+"\n", html.EscapeString(title))
	for _, share := range sortedKeys(ticks) {
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="%s"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x(share), topMargin-4, x(share), height-6, gridColour, x(share), topMargin-8, html.EscapeString(ticks[share]))
	}
	y := topMargin
	for _, g := range groups {
		fmt.Fprintf(&b, `<text x="4" y="%d" font-size="12" font-weight="600">%s</text>`+"\n", y+groupGap-7, html.EscapeString(g.title))
		y += groupGap
		for _, bar := range g.bars {
			mid := float64(y) + barHeight/2.0
			fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`, labelWidth-6, mid+4, html.EscapeString(bar.name))
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" fill="%s" fill-opacity="%.2f"/>`,
				labelWidth, y, max(x(bar.length)-labelWidth, 1), barHeight, bar.colour, bar.opacity)
			if bar.high > bar.low {
				fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="1.5"/>`,
					x(bar.low), mid, x(bar.high), mid, inkColour)
			}
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f">%s</text>`+"\n", x(max(bar.length, bar.high))+6, mid+4, html.EscapeString(bar.text))
			y += barHeight + barGap
		}
		y += barGap
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// maxShown is the ratio at the end of the axis; longer bars are cut there.
const maxShown = 3.0

// ratioChart has the throughput of all series beside the first of each point.
func ratioChart(results []*result, note string) string {
	var groups []group
	for _, r := range results {
		g := group{title: fmt.Sprintf("%v (1 = %v)", r.point, r.columns[0].series)}
		for _, c := range r.columns {
			list := ratios(c, r.columns[0], rate)
			if len(list) == 0 {
				continue
			}
			low, high := bounds(list)
			g.bars = append(g.bars, bar{
				name: c.series.String(), colour: colours[c.series.peer], opacity: opacity(c.series),
				length: median(list) / maxShown, low: low / maxShown, high: min(high/maxShown, 1),
				text: fmt.Sprintf("%.2f × (%s/s)", median(list), thousands(c.typical(rate.of))),
			})
		}
		groups = append(groups, g)
	}
	return chart("Requests per second, as a ratio"+note, groups, map[float64]string{
		0: "0", 0.5 / maxShown: "0.5", 1 / maxShown: "1", 1.5 / maxShown: "1.5", 2 / maxShown: "2", 2.5 / maxShown: "2.5", 1: "3"})
}

// Bounds of the axis of latencies, in milliseconds, as powers of ten.
const (
	lowestPower  = -2
	highestPower = 3
)

// latencyChart has p50, p99 and p99.9 of the points without pipelines, on a
// logarithmic axis.
func latencyChart(results []*result, note string) string {
	share := func(ms float64) float64 { return (math.Log10(ms) - lowestPower) / (highestPower - lowestPower) }
	ticks := map[float64]string{}
	for power := lowestPower; power <= highestPower; power++ {
		ms := math.Pow10(power)
		ticks[share(ms)] = fmt.Sprintf("%g ms", ms)
	}
	var groups []group
	for _, r := range results {
		if r.point.depth > 1 {
			continue
		}
		g := group{title: r.point.String()}
		for _, c := range r.columns {
			if len(c.samples) == 0 {
				continue
			}
			half, most := c.typical(p50.of), c.typical(func(s *sample) float64 { return s.p99 })
			worst := c.typical(func(s *sample) float64 { return s.p999 })
			g.bars = append(g.bars, bar{
				name: c.series.String(), colour: colours[c.series.peer], opacity: opacity(c.series),
				length: share(half), low: share(half), high: share(worst),
				text: fmt.Sprintf("%s / %s / %s ms", millis(half), millis(most), millis(worst)),
			})
		}
		groups = append(groups, g)
	}
	return chart("Latency: p50 (bar) to p99.9 (line); p50 / p99 / p99.9"+note, groups, ticks)
}

// opacity tells the places of clients of one cluster apart.
func opacity(s series) float64 { return 0.95 - 0.25*float64(s.place) }

func thousands(v float64) string {
	if v >= 1000 {
		return number(v/1000, "%.1f k")
	}
	return number(v, "%.0f")
}

// writePlots puts the plots into a directory; the note says in their titles if
// they are not to be trusted.
func writePlots(dir string, results []*result, note string) error {
	for name, text := range map[string]string{
		"bench-throughput.svg": ratioChart(results, note),
		"bench-latency.svg":    latencyChart(results, note),
	} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func bounds(list []float64) (low, high float64) { return slices.Min(list), slices.Max(list) }

func sortedKeys(m map[float64]string) []float64 { return slices.Sorted(maps.Keys(m)) }
