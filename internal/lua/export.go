package lua

// Pcall is the pcall of Lua, for those who wrap it.
func Pcall(L *LState) int { return basePcall(L) }

// Pushed returns the stack of the running Go function. It is valid until the next
// push.
func (L *LState) Pushed() []LValue { return L.cur.st }
