package front

import (
	"fmt"
	"strings"
	"time"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// latencyHistogramCommand answers the distribution of the latencies of some
// commands, or of all that were called.
func latencyHistogramCommand(s *Session, args [][]byte, w *reply.Writer) {
	var wanted []*command.Command
	if len(args) == 2 {
		wanted = s.srv.table.All()
	}
	for _, arg := range args[2:] {
		cmd := s.srv.names.Named(string(arg))
		if cmd == nil {
			continue
		}
		wanted = append(wanted, cmd)
		wanted = append(wanted, cmd.Subs...)
	}
	var snap snapshot
	var shown []*command.Command
	for _, cmd := range wanted {
		if s.srv.stats.of(cmd).calls.Load() > 0 {
			shown = append(shown, cmd)
		}
	}
	w.Map(len(shown))
	for _, cmd := range shown {
		s.srv.stats.of(cmd).latency.snapshot(&snap)
		w.BulkString(cmd.FullName)
		w.Map(2)
		w.BulkString("calls")
		w.Int(int64(snap.count))
		w.BulkString("histogram_usec")
		points := rising(snap.cumulative())
		w.Map(len(points))
		for _, p := range points {
			w.Int(histogramLabel(p.End))
			w.Int(int64(p.Count))
		}
	}
}

// rising drops the points at which the count did not grow.
func rising(points []octave) []octave {
	var out []octave
	for i, p := range points {
		if i == 0 || p.Count > points[i-1].Count {
			out = append(out, p)
		}
	}
	return out
}

// histogramLabel returns by which number of microseconds Redis names a bucket
// that ends there. Its histograms have a resolution of two decimal digits and
// it shows the highest value that is told apart from no other.
func histogramLabel(end time.Duration) int64 {
	return (end + end/128 - 1).Microseconds()
}

// appendLatencyStats writes the lines of INFO latencystats.
func (srv *Server) appendLatencyStats(b *strings.Builder) {
	if !srv.config.Bool("latency-tracking") {
		return
	}
	percentiles := parsePercentiles(srv.config.Words("latency-tracking-info-percentiles"))
	var snap snapshot
	for _, cmd := range srv.table.All() {
		st := srv.stats.of(cmd)
		if st.calls.Load() == 0 {
			continue
		}
		st.latency.snapshot(&snap)
		fmt.Fprintf(b, "latency_percentiles_usec_%s:", cmd.FullName)
		for i, p := range percentiles {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, "p%s=%.3f", p.name, float64(snap.percentile(p.value))/float64(time.Microsecond))
		}
		b.WriteString("\r\n")
	}
}
