package front

import (
	"github.com/msredis/msredis/resp/reply"
)

// There are no modules: the list is empty, and none can be loaded.

func moduleListCommand(_ *Session, _ [][]byte, w *reply.Writer) { w.Array(0) }

func moduleLoadCommand(s *Session, _ [][]byte, w *reply.Writer) {
	if !s.allowed("enable-module-command") {
		w.Error(reply.ErrModuleNotAllowed)
		return
	}
	w.Error(reply.ErrModuleLoad)
}

func moduleUnloadCommand(s *Session, args [][]byte, w *reply.Writer) {
	if !s.allowed("enable-module-command") {
		w.Error(reply.ErrModuleNotAllowed)
		return
	}
	w.Error(reply.ErrModuleUnload)
}

func moduleHelpCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	writeHelp(w, "MODULE", `
LIST
    Return a list of loaded modules.
LOAD <path> [<arg> ...]
    Load a module library from <path>, passing to it any optional arguments.
LOADEX <path> [[CONFIG NAME VALUE]...] [ARGS ...]
    Load a module library from <path>, while passing it module configurations and optional arguments.
UNLOAD <name>
    Unload a module.
`)
}

// allowed tells whether an option such as enable-debug-command lets the client
// have what it is about: nobody, everybody, or clients on this machine.
func (s *Session) allowed(option string) bool {
	switch s.srv.config.String(option) {
	case "yes":
		return true
	case "local":
		return s.conn.Near()
	}
	return false
}
