package options

import (
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
)

// The checks of the Text rows: each returns the value in the one form in which
// it is kept.

func nonEmpty(words []string, _ string) (string, error) {
	if words[0] == "" {
		return "", errors.New("argument must not be empty")
	}
	return words[0], nil
}

// maxBind is Redis's CONFIG_BINDADDR_MAX.
const maxBind = 16

func bindAddresses(words []string, _ string) (string, error) {
	if len(words) == 0 || len(words) == 1 && words[0] == "" {
		return "", errors.New("at least one address is needed")
	}
	if len(words) > maxBind {
		return "", errors.New("Too many bind addresses specified.")
	}
	for _, word := range words {
		if strings.TrimPrefix(word, "-") == "" || strings.ContainsAny(word, " \t") {
			return "", fmt.Errorf("'%s' is not an address", word)
		}
	}
	return strings.Join(words, " "), nil
}

// fileMode is the permissions of a file in octal.
func fileMode(words []string, _ string) (string, error) {
	n, err := strconv.ParseInt(words[0], 8, 64)
	switch {
	case err != nil:
		return "", errors.New("argument couldn't be parsed as an octal number")
	case n < 0 || n > 0o777:
		return "", errors.New("argument must be between 0 and 777 inclusive")
	}
	return strconv.FormatInt(n, 8), nil
}

// maxNodeName is the longest name of a node, in bytes.
const maxNodeName = 64

func nodeName(words []string, _ string) (string, error) {
	name := words[0]
	if name == "" || len(name) > maxNodeName {
		return "", fmt.Errorf("a node name has 1 to %d characters", maxNodeName)
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return "", errors.New("a node name consists of letters, digits, '-', '_' and '.'")
		}
	}
	return name, nil
}

func hostPort(words []string, _ string) (string, error) {
	if words[0] != "" && !validHostPort(words[0]) {
		return "", fmt.Errorf("'%s' is not host:port", words[0])
	}
	return words[0], nil
}

func validHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, perr := strconv.Atoi(port)
	return err == nil && perr == nil && host != "" && n > 0 && n <= maxPort
}

// Node is one entry of initial-cluster.
type Node struct {
	Name string
	Addr string // host:port for the other nodes
}

func initialCluster(words []string, _ string) (string, error) {
	_, err := parseNodes(words[0])
	return words[0], err
}

// nodeNames are names of nodes with commas between them.
func nodeNames(words []string, _ string) (string, error) {
	for _, name := range splitNames(words[0]) {
		if _, err := nodeName([]string{name}, ""); err != nil {
			return "", fmt.Errorf("'%s': %w", name, err)
		}
	}
	return words[0], nil
}

func splitNames(s string) []string {
	if s == "" {
		return nil
	}
	names := strings.Split(s, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}

// parseNodes reads n1=host:port,n2=host:port.
func parseNodes(s string) ([]Node, error) {
	if s == "" {
		return nil, nil
	}
	var nodes []Node
	seen := map[string]bool{}
	for part := range strings.SplitSeq(s, ",") {
		name, addr, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, err := nodeName([]string{name}, ""); err != nil {
			return nil, fmt.Errorf("'%s': %w", part, err)
		}
		if !validHostPort(addr) {
			return nil, fmt.Errorf("'%s' is not name=host:port", part)
		}
		if seen[name] || seen[addr] {
			return nil, fmt.Errorf("'%s' is there twice", part)
		}
		seen[name], seen[addr] = true, true
		nodes = append(nodes, Node{name, addr})
	}
	return nodes, nil
}

// replicaOf knows that "no one" is none.
func replicaOf(words []string, _ string) (string, error) {
	text := strings.Join(words, " ")
	if strings.EqualFold(text, "no one") {
		text = ""
	}
	return text, nil
}

// savePoints are pairs of seconds and changes; an empty word clears them.
func savePoints(words []string, old string) (string, error) {
	if len(words) == 0 || len(words) == 1 && words[0] == "" {
		return "", nil
	}
	if len(words)%2 != 0 {
		return "", errors.New("Invalid save parameters")
	}
	for i, word := range words {
		if n, ok := parseInt(word); !ok || n < int64(1-i%2) {
			return "", errors.New("Invalid save parameters")
		}
	}
	return strings.TrimSpace(old + " " + strings.Join(words, " ")), nil
}

// OutputLimit bounds the replies that wait for a client to read them.
type OutputLimit struct {
	Hard        int64 // bytes at which the client is disconnected at once; 0: no limit
	Soft        int64 // bytes at which it is disconnected after SoftSeconds; 0: no limit
	SoftSeconds int64
}

// outputClasses are Redis's classes of clients, in the order of CONFIG GET.
var outputClasses = []string{"normal", "slave", "pubsub"}

// outputLimits takes groups of class, hard limit, soft limit and seconds; the
// classes that are not named keep their limits.
func outputLimits(words []string, old string) (string, error) {
	if len(words)%4 != 0 {
		return "", errors.New("Wrong number of arguments in buffer limit configuration.")
	}
	limits := parseOutputLimits(old)
	for ; len(words) > 0; words = words[4:] {
		class := strings.ToLower(words[0])
		if class == "replica" {
			class = "slave"
		}
		hard, ok1 := ParseMemory(words[1])
		soft, ok2 := ParseMemory(words[2])
		seconds, ok3 := parseInt(words[3])
		switch i := indexOf(outputClasses, class); {
		case i < 0:
			return "", errors.New("Invalid client class specified in buffer limit configuration.")
		case !ok1 || !ok2 || !ok3 || seconds < 0:
			return "", errors.New("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		default:
			limits[i] = OutputLimit{hard, soft, seconds}
		}
	}
	parts := make([]string, len(limits))
	for i, l := range limits {
		parts[i] = fmt.Sprintf("%s %d %d %d", outputClasses[i], l.Hard, l.Soft, l.SoftSeconds)
	}
	return strings.Join(parts, " "), nil
}

// parseOutputLimits reads what outputLimits made, or "" before there is any.
func parseOutputLimits(s string) [3]OutputLimit {
	var limits [3]OutputLimit
	f := strings.Fields(s)
	for i := 0; i < len(limits) && len(f) >= 4*(i+1); i++ {
		limits[i].Hard, _ = parseInt(f[4*i+1])
		limits[i].Soft, _ = parseInt(f[4*i+2])
		limits[i].SoftSeconds, _ = parseInt(f[4*i+3])
	}
	return limits
}

func indexOf(list []string, s string) int {
	for i := range list {
		if list[i] == s {
			return i
		}
	}
	return -1
}

// keyspaceEvents writes the classes in Redis's order, with A for all of
// g$lshzxetd.
func keyspaceEvents(words []string, _ string) (string, error) {
	const all = "g$lshzxetd"
	has := map[rune]bool{}
	for _, c := range words[0] {
		switch {
		case c == 'A':
			for _, a := range all {
				has[a] = true
			}
		case strings.ContainsRune(all+"KEmn", c):
			has[c] = true
		default:
			return "", errors.New("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
		}
	}
	var b strings.Builder
	pick := func(classes string) {
		for _, c := range classes {
			if has[c] {
				b.WriteRune(c)
			}
		}
	}
	pick(all)
	if b.String() == all {
		b.Reset()
		b.WriteByte('A')
	}
	pick("nKEm")
	return b.String(), nil
}

func memoryOrPercent(words []string, _ string) (string, error) {
	if percent, ok := strings.CutSuffix(words[0], "%"); ok {
		n, ok := parseInt(percent)
		switch {
		case !ok || n < 0:
			return "", errors.New("argument must be a memory or percent value")
		case n > 100:
			return "", errors.New("percentage argument must be less or equal to 100")
		}
		return words[0], nil
	}
	n, ok := ParseMemory(words[0])
	if !ok {
		return "", errors.New("argument must be a memory or percent value")
	}
	return strconv.FormatInt(n, 10), nil
}

// percentiles reads a list of percentages, which is shown with the fewest digits.
func percentiles(words []string, _ string) (string, error) {
	if len(words) == 1 && words[0] == "" {
		return "", nil
	}
	list := make([]string, len(words))
	for i, word := range words {
		v, err := strconv.ParseFloat(word, 64)
		switch {
		case err != nil || math.IsNaN(v):
			return "", errors.New("Invalid latency-tracking-info-percentiles parameters")
		case v < 0 || v > 100:
			return "", errors.New("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
		}
		list[i] = strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strings.Join(list, " "), nil
}

func oomScores(words []string, _ string) (string, error) {
	if len(words) != 3 {
		return "", errArgCount
	}
	for _, word := range words {
		if n, ok := parseInt(word); !ok || n < -2000 || n > 2000 {
			return "", errors.New("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
		}
	}
	return strings.Join(words, " "), nil
}
