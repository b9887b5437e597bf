package front

import (
	"bytes"
	"errors"

	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// The options that belong to the cluster are kept in the log's state. To change
// some of them is one entry; every node hears of it when it applies that.

// shareConfig makes CONFIG SET change the options of the cluster on all nodes.
func (srv *Server) shareConfig() {
	if srv.settings = srv.table.Named("settings"); srv.settings != nil {
		srv.config.ShareWith(func(pairs []options.Pair) error { return srv.changeSettings("SET", pairs) })
	}
}

// FoundSettings hands the options of the cluster in a founder's file to the new
// cluster. They have no effect if any was set there before.
func (srv *Server) FoundSettings(pairs []options.Pair) error {
	return srv.changeSettings("FOUND", pairs)
}

// changeSettings is back when this node has applied the change. The text of an
// error is the reply for the client.
func (srv *Server) changeSettings(how string, pairs []options.Pair) error {
	args := [][]byte{[]byte(srv.settings.Name), []byte(how)}
	for _, p := range pairs {
		args = append(args, []byte(p.Name), []byte(p.Value))
	}
	u := &command.Unit{Calls: []command.Call{command.NewCall(srv.settings, args, 0, nil)}, Bytes: argBytes(args)}
	u.W.Proto = reply.RESP2
	err := srv.backend.Write(u)
	if f := (*command.Failure)(nil); errors.As(err, &f) {
		return errors.New(f.Text)
	}
	if err == nil && bytes.HasPrefix(u.W.Buf, []byte("-")) {
		err = errors.New(errorText(u.W.Buf))
	}
	return err
}
