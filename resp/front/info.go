package front

import (
	"fmt"
	"strings"
	"time"

	"github.com/msredis/msredis/resp"
	"github.com/msredis/msredis/resp/reply"
)

// infoSection is one section of INFO.
type infoSection struct {
	name  string
	title string
	// extra: only shown if it is asked for, or with all or everything.
	extra bool
	write func(*infoWriter)
}

// infoSections are in the order in which they are shown.
var infoSections = []infoSection{
	{"server", "Server", false, infoServer},
	{"clients", "Clients", false, infoClients},
	{"memory", "Memory", false, infoMemory},
	{"persistence", "Persistence", false, infoPersistence},
	{"stats", "Stats", false, infoStats},
	{"replication", "Replication", false, infoReplication},
	{"cpu", "CPU", false, infoCPU},
	{"raft", "Raft", false, infoRaft},
	{"modules", "Modules", false, func(*infoWriter) {}},
	{"commandstats", "Commandstats", true, infoCommandstats},
	{"errorstats", "Errorstats", false, infoErrorstats},
	{"latencystats", "Latencystats", true, func(w *infoWriter) { w.srv.appendLatencyStats(&w.Builder) }},
	{"cluster", "Cluster", false, infoCluster},
	{"keyspace", "Keyspace", false, infoKeyspace},
}

// infoWriter collects the text of INFO. Figures that several sections show are looked
// up once.
type infoWriter struct {
	strings.Builder
	srv  *Server
	view *View
	info *Info
	now  time.Time
}

// line writes one field.
func (w *infoWriter) line(name string, value any) { fmt.Fprintf(w, "%s:%v\r\n", name, value) }

// wire returns the figures of the connections since the start.
func (srv *Server) wire() resp.Stats {
	if srv.opt.Wire == nil {
		return resp.Stats{}
	}
	return srv.opt.Wire()
}

// flag writes a field that is 1 or 0.
func (w *infoWriter) flag(name string, on bool) {
	if on {
		w.line(name, 1)
	} else {
		w.line(name, 0)
	}
}

// zeros writes fields that Redis has and that are always 0 here: tools ask for
// them.
func (w *infoWriter) zeros(names ...string) {
	for _, name := range names {
		w.line(name, 0)
	}
}

func infoCommand(s *Session, args [][]byte, w *reply.Writer) {
	wanted := map[string]bool{}
	for _, arg := range args[1:] {
		wanted[strings.ToLower(string(arg))] = true
	}
	all := wanted["all"] || wanted["everything"]
	usual := len(args) == 1 || wanted["default"]
	iw := &infoWriter{srv: s.srv, view: s.srv.backend.View(), info: s.srv.backend.Info(), now: time.Now()}
	for _, section := range infoSections {
		if !all && !wanted[section.name] && (!usual || section.extra) {
			continue
		}
		if iw.Len() > 0 {
			iw.WriteString("\r\n")
		}
		iw.WriteString("# " + section.title + "\r\n")
		section.write(iw)
	}
	w.Verbatim("txt", iw.String())
}
