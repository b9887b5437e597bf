package front

import "github.com/msredis/msredis/resp/command"

// rename returns the table as clients see it, and the own names of the commands that
// they call by another one.
func rename(table *command.Table, renames []command.Rename) (names *command.Table, own [][]byte, err error) {
	if len(renames) == 0 {
		return table, nil, nil
	}
	if names, err = table.Renamed(renames); err != nil {
		return nil, nil, err
	}
	own = make([][]byte, table.Len())
	for _, cmd := range table.All() {
		name := cmd.Name
		if cmd.Container != "" {
			name = cmd.Container
		}
		if names.Lookup([]byte(name)) != table.Lookup([]byte(name)) {
			own[cmd.ID] = []byte(name)
		}
	}
	return names, own, nil
}

// ownName puts a command's own name in the place of the one by which a client called it.
// Other nodes may know the command by yet another name, and the log has its own.
func (srv *Server) ownName(cmd *command.Command, args [][]byte) {
	if name := srv.ownNames[cmd.ID]; name != nil {
		args[0] = name
	}
}
