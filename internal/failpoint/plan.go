package failpoint

import (
	"fmt"
	"strconv"
	"strings"
)

type action string

const (
	actExit    action = "exit"
	actError   action = "error"
	actNoSpace action = "enospc"
	actTorn    action = "torn"
	actSleep   action = "sleep"
)

// plan is what the environment asks for.
type plan struct {
	point Point
	at    int // the hit
	act   action
}

// parse reads name[:hit]=action. A plan without any effect is an error.
func parse(text string) (plan, error) {
	name, act, ok := strings.Cut(text, "=")
	if !ok {
		return plan{}, fmt.Errorf("%q: not name[:hit]=action", text)
	}
	p := plan{at: 1, act: action(act)}
	name, hit, ok := strings.Cut(name, ":")
	if ok {
		var err error
		if p.at, err = strconv.Atoi(hit); err != nil || p.at < 1 {
			return plan{}, fmt.Errorf("%q: %q is no number of a hit", text, hit)
		}
	}
	p.point = Point(name)
	for _, row := range Table {
		if row.Point != p.point {
			continue
		}
		switch {
		case p.act == actExit || p.act == actSleep:
		case (p.act == actError || p.act == actNoSpace) && row.Fails:
		case p.act == actTorn && p.point == WALSynced:
		default:
			return plan{}, fmt.Errorf("%q: %s cannot %s", text, p.point, p.act)
		}
		return p, nil
	}
	return plan{}, fmt.Errorf("%q: no such point", text)
}
