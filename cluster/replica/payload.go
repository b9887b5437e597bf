package replica

import (
	"github.com/msredis/msredis/resp/command"
)

// checkPayload returns the error with which decoder.payload would fail, without memory for
// the calls. A leader calls it for payloads that others forward.
func checkPayload(payload []byte, table *command.Table) error {
	r := readerOf(payload)
	for len(r.B) > 0 {
		var err error
		switch r.Byte() {
		case callPlain, callPlainOver:
			err = checkCall(&r, table)
		case callExec, callExecOver:
			err = checkExec(&r, table)
		case callCaller:
			if _, ok := r.caller(); !ok {
				err = errEntry
			}
		default:
			err = errEntry
		}
		if err != nil {
			return err
		}
	}
	if r.Bad {
		return errEntry
	}
	return nil
}

func checkCall(r *reader, table *command.Table) error {
	r.db()
	n := r.Count()
	var name [2][]byte // with that of a subcommand
	for i := range n {
		if arg := r.Bytes(); i < len(name) {
			name[i] = arg
		}
	}
	if n == 0 || r.Bad {
		return errEntry
	}
	_, err := resolve(name[:min(n, len(name))], n, table)
	return err
}

func checkExec(r *reader, table *command.Table) error {
	for range r.Count() {
		r.db()
		r.Bytes()
		r.Uvarint()
	}
	for range r.Count() {
		if err := checkCall(r, table); err != nil {
			return err
		}
	}
	if r.Bad {
		return errEntry
	}
	return nil
}
