// Package lualib has the libraries that Redis gives to Lua scripts beside Lua's
// own: bit, struct, cjson and cmsgpack. They answer as those of Redis 7.0, error
// texts included; testdata holds what a real redis-server said.
//
// Every function is pure: equal arguments give equal results on every node.
// cjson alone has settings, which a script may change. They belong to one
// lua.LState, and whoever runs several scripts in it resets them between two
// (OpenCJSON).
package lualib
