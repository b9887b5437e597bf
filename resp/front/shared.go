package front

import (
	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/options"
)

// The options that belong to the cluster are kept in the log's state. To change
// some of them is one entry; every node hears of it when it applies that.

// shareConfig makes CONFIG SET change the options of the cluster on all nodes.
func (srv *Server) shareConfig() {
	srv.usersCmd = srv.table.Named("users")
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
		if p.Name == passwordOption {
			// It goes first: nothing is open for a moment that is to be closed.
			if _, err := srv.changeUsers(nil, "SET", append([][]byte{[]byte(acl.DefaultName)}, passwordRules(p.Value)...)...); err != nil {
				return err
			}
			continue
		}
		args = append(args, []byte(p.Name), []byte(p.Value))
	}
	if len(args) == 2 {
		return nil
	}
	_, err := srv.write(srv.settings, args)
	return err
}

// passwordOption is the password of the default user. It is a rule of that user, and no
// setting like the others: no node is told the password itself.
const passwordOption = "requirepass"
