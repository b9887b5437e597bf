package robust

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// pauses are measurements of one kind.
type pauses struct {
	name   string
	target time.Duration
	widest time.Duration // of the plot
	all    []time.Duration
}

func (p *pauses) add(d time.Duration) { p.all = append(p.all, d) }

// bins of the histograms.
const bins = 25

// histogram counts the pauses in bins of equal width; those beyond the last one
// are counted with it.
func (p *pauses) histogram() (counts [bins]int) {
	for _, d := range p.all {
		counts[min(int(d*bins/p.widest), bins-1)]++
	}
	return counts
}

// quantile of the measurements, which are not empty.
func (p *pauses) quantile(q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(p.all))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func (p *pauses) summary() string {
	late := 0
	for _, d := range p.all {
		if d > p.target {
			late++
		}
	}
	ms := func(q float64) string { return fmt.Sprintf("%.0f ms", float64(p.quantile(q))/1e6) }
	return fmt.Sprintf("%d rounds: least %s, median %s, 90 %% %s, most %s; %d over %v",
		len(p.all), ms(0), ms(0.5), ms(0.9), ms(1), late, p.target)
}

// String is a histogram in text.
func (p *pauses) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n", p.name, p.summary())
	for i, n := range p.histogram() {
		from := p.widest * time.Duration(i) / bins
		sign := ""
		if i == bins-1 {
			sign = "+"
		}
		fmt.Fprintf(&b, "%8s |%s\n", fmt.Sprint(from.Milliseconds(), " ms", sign), strings.Repeat("#", n))
	}
	return b.String()
}

// plot draws the histograms one below the other.
func plot(kinds []*pauses) string {
	const width, height, left, bar = 760, 190, 40, 27
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n",
		width, height*len(kinds))
	fmt.Fprintln(&b, `<rect width="100%" height="100%" fill="white"/>`)
	for i, p := range kinds {
		top, bottom := height*i, height*(i+1)-35
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", left, top+20, p.name)
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="#555">%s</text>`+"\n", left, top+38, p.summary())
		counts := p.histogram()
		most := max(1, slices.Max(counts[:]))
		for j, n := range counts {
			h := (bottom - top - 60) * n / most
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="#3a6ea5"/>`+"\n", left+j*bar, bottom-h, bar-2, h)
			if j%5 == 0 {
				fmt.Fprintf(&b, `<text x="%d" y="%d">%d ms</text>`+"\n", left+j*bar, bottom+18, (p.widest * time.Duration(j) / bins).Milliseconds())
			}
		}
		at := left + int(p.target*bins*bar/p.widest)
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="#b00" stroke-dasharray="4 3"/>`+"\n", at, at, top+48, bottom)
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%d" y2="%d" stroke="black"/>`+"\n", left, left+bins*bar, bottom, bottom)
	}
	fmt.Fprintln(&b, "</svg>")
	return b.String()
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	p := &pauses{name: "p", target: 200 * time.Millisecond, widest: 250 * time.Millisecond}
	for _, ms := range []int{0, 9, 10, 249, 250, 9000} {
		p.add(time.Duration(ms) * time.Millisecond)
	}
	counts := p.histogram()
	if counts[0] != 2 || counts[1] != 1 || counts[bins-1] != 3 {
		t.Errorf("counts %v", counts)
	}
	if want := "6 rounds: least 0 ms, median 249 ms, 90 % 9000 ms, most 9000 ms; 3 over 200ms"; p.summary() != want {
		t.Errorf("%s", p.summary())
	}
	if svg := plot([]*pauses{p, p}); strings.Count(svg, "<rect") != 2*bins+1 || !strings.HasSuffix(svg, "</svg>\n") {
		t.Errorf("%s", svg)
	}
}
