package compat

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Script is one file of testdata. README.md describes the format.
type Script struct {
	Path     string
	Needs    []string // commands without which a server cannot run the file
	Only     string   // "redis" or "msredis": the only one to run the file
	Since    string   // the Redis version that has what the file is about
	Of       *Server  // the server that the replies are those of; nil: the usual one
	SameNode bool     // all clients have to be connected to the same node
	Server   []string // options of a server of the file's own; nil: the shared one
	Steps    []*Step
	tail     []string // lines behind the last step
}

// Server is a product with its version: "valkey 9.1".
type Server struct{ Product, Version string }

// Op is what a step does.
type Op byte

// The steps of a script.
const (
	OpDo    Op = iota // name> command: send it and read its reply
	OpPipe            // name>> command, on several lines: one write, then the replies
	OpRaw             // name< "bytes": send them, read nothing
	OpRecv            // recv name [n|closed]: read replies
	OpUntil           // until name> command: repeat until it answers as expected
	OpScan            // scan name> SCAN 0 …: a full iteration, as a set of elements
	OpTimes           // times n name> command {i}: n commands that answer alike
	OpAsync           // async name> command: send it, read the reply later with recv
	OpQuiet           // quiet name: nothing arrives for a moment
	OpResp3           // resp3 name: switch the client to RESP3
	OpClose           // close name
)

// Step is one exchange with what has to come back.
type Step struct {
	Op     Op
	Client string
	Cmds   []string // command lines, or the text of raw bytes
	N      int      // times: how often; recv: how many replies, -1: until closed

	Only       string // server the step is for
	Since      string // first Redis version with what the step is about
	Needs      string // command the server must have
	Divergence string // anchor in docs/DIVERGENCE.md
	Changed    string // the Redis version since which the replies are others

	Want    []string // expected replies in notation
	WantMS  []string // those of msredis, where it diverges on purpose
	WantNow []string // those of Redis since Changed, and of msredis

	Line int      // of the first command
	head []string // the step's lines up to the replies
}

var (
	commandLine = regexp.MustCompile(`^(?:(until|scan|async|times \d+)(?: ([a-z][a-z0-9-]*))?|([a-z][a-z0-9-]*))?(>>?) (.*)$`)
	rawLine     = regexp.MustCompile(`^([a-z][a-z0-9-]*)?< (.*)$`)
	versionName = regexp.MustCompile(`^(redis|valkey) \d+\.\d+$`)
	otherLine   = regexp.MustCompile(`^(recv|quiet|resp3|close)((?: [a-z][a-z0-9-]*)?)((?: \d+| closed)?)$`)
	modifier    = regexp.MustCompile(`^(file )?(only|since|changed|needs|divergence|server|same-node|recorded-from): (.*)$`)
)

// DefaultClient is the name of a client that a script does not name.
const DefaultClient = "client"

// Load reads a script.
func Load(path string) (*Script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &Script{Path: path}
	p := scriptParser{script: s}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if err := p.line(i+1, line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
	}
	p.finish()
	s.tail = p.pending
	return s, nil
}

type scriptParser struct {
	script  *Script
	step    *Step    // the one whose replies are being read
	next    Step     // modifiers for the following step
	pending []string // lines before the following step
}

// finish ends the current step, so that what follows belongs to the next.
func (p *scriptParser) finish() { p.step = nil }

func (p *scriptParser) line(n int, line string) error {
	switch {
	case strings.TrimSpace(line) == "":
		p.finish()
		p.pending = append(p.pending, line)
		return nil
	case line == "#" || strings.HasPrefix(line, "# "):
		p.finish()
		p.pending = append(p.pending, line)
		return nil
	}
	if m := modifier.FindStringSubmatch(line); m != nil {
		p.finish()
		p.pending = append(p.pending, line)
		return p.modify(m[1] != "", m[2], m[3])
	}
	if m := commandLine.FindStringSubmatch(line); m != nil {
		return p.command(n, line, m)
	}
	if m := rawLine.FindStringSubmatch(line); m != nil {
		p.start(n, line, Step{Op: OpRaw, Client: m[1], Cmds: []string{m[2]}})
		return nil
	}
	if m := otherLine.FindStringSubmatch(line); m != nil {
		return p.other(n, line, m)
	}
	if p.step == nil {
		return fmt.Errorf("neither a command nor a reply: %q", line)
	}
	return p.step.addReply(line)
}

func (p *scriptParser) modify(file bool, key, value string) error {
	word, reason, _ := strings.Cut(value, " ")
	s := p.script
	switch {
	case key == "only" && word != "redis" && word != "msredis":
		return fmt.Errorf("only: takes redis or msredis")
	case (key == "only" || key == "since" || key == "changed") && reason == "":
		return fmt.Errorf("%s: needs a reason", key)
	case file && len(s.Steps) > 0:
		return fmt.Errorf("file %s: belongs above the first step", key)
	case file && key == "only":
		s.Only = word
	case file && key == "since":
		s.Since = word
	case file && key == "recorded-from" && versionName.MatchString(value):
		s.Of = &Server{word, reason}
	case file && key == "needs":
		s.Needs = strings.Fields(value)
	case file && key == "server":
		s.Server = strings.Fields(value)
	case file && key == "same-node":
		s.SameNode = true
	case !file && key == "only":
		p.next.Only = word
	case !file && key == "since":
		p.next.Since = word
	case !file && key == "changed":
		p.next.Changed = word
	case !file && key == "needs":
		p.next.Needs = word
	case !file && key == "divergence":
		p.next.Divergence = value
	default:
		return fmt.Errorf("%s: not possible here", key)
	}
	return nil
}

func (p *scriptParser) start(n int, line string, s Step) {
	if s.Client == "" {
		s.Client = DefaultClient
	}
	s.Only, s.Since, s.Needs, s.Divergence = p.next.Only, p.next.Since, p.next.Needs, p.next.Divergence
	s.Changed = p.next.Changed
	s.Line = n
	s.head = append(p.pending, line)
	p.next, p.pending = Step{}, nil
	p.step = &s
	p.script.Steps = append(p.script.Steps, p.step)
}

func (p *scriptParser) command(n int, line string, m []string) error {
	op, times := OpDo, 0
	switch verb, count, _ := strings.Cut(m[1], " "); verb {
	case "until":
		op = OpUntil
	case "scan":
		op = OpScan
	case "async":
		op = OpAsync
	case "times":
		op = OpTimes
		times, _ = strconv.Atoi(count)
	}
	client, arrows, text := m[2]+m[3], m[4], m[5]
	if arrows == ">>" {
		if op != OpDo {
			return fmt.Errorf("%s does not take a pipeline", m[1])
		}
		op = OpPipe
		if s := p.step; s != nil && s.Op == OpPipe && len(s.Want) == 0 {
			s.Cmds = append(s.Cmds, text)
			s.head = append(s.head, line)
			return nil
		}
	}
	p.start(n, line, Step{Op: op, Client: client, Cmds: []string{text}, N: times})
	return nil
}

func (p *scriptParser) other(n int, line string, m []string) error {
	s := Step{Client: strings.TrimSpace(m[2])}
	count := strings.TrimSpace(m[3])
	if s.Client == "closed" { // "recv closed": the default client
		s.Client, count = "", "closed"
	}
	switch m[1] {
	case "recv":
		s.Op, s.N = OpRecv, 1
		if count == "closed" {
			s.N = -1
		} else if count != "" {
			s.N, _ = strconv.Atoi(count)
		}
		count = ""
	case "quiet":
		s.Op = OpQuiet
	case "resp3":
		s.Op = OpResp3
	case "close":
		s.Op = OpClose
	}
	if count != "" {
		return fmt.Errorf("%s takes no count", m[1])
	}
	p.start(n, line, s)
	return nil
}

// addReply adds a line of a reply. A reply starts in the first column; the
// lines that continue an aggregate are indented, up to its closing bracket.
func (s *Step) addReply(line string) error {
	list := &s.Want
	if rest, ok := strings.CutPrefix(line, "redis: "); ok {
		line = rest
	} else if rest, ok := strings.CutPrefix(line, "msredis: "); ok {
		line, list = rest, &s.WantMS
	} else if rest, ok := strings.CutPrefix(line, "before: "); ok {
		line = rest
	} else if rest, ok := strings.CutPrefix(line, "now: "); ok {
		line, list = rest, &s.WantNow
	} else if strings.ContainsRune(" ]}", rune(line[0])) {
		if len(s.WantMS) > 0 {
			list = &s.WantMS
		}
		if len(s.WantNow) > 0 {
			list = &s.WantNow
		}
		if len(*list) == 0 {
			return fmt.Errorf("continues no reply: %q", line)
		}
		(*list)[len(*list)-1] += "\n" + line
		return nil
	}
	*list = append(*list, line)
	return nil
}

// Text is the script as a file, with the replies that its steps have now.
func (s *Script) Text() string {
	var b strings.Builder
	write := func(prefix string, lines []string) {
		for _, l := range lines {
			b.WriteString(prefix + l + "\n")
		}
	}
	for _, step := range s.Steps {
		write("", step.head)
		prefix := ""
		if step.Divergence != "" {
			prefix = "redis: "
		}
		if step.Changed != "" {
			prefix = "before: "
		}
		write(prefix, step.Want)
		write("msredis: ", step.WantMS)
		write("now: ", step.WantNow)
	}
	write("", s.tail)
	return b.String()
}
