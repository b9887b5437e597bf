// Package lua is Lua 5.1 for scripts that many machines run and that have to do the
// same on all of them.
//
// The behaviour of a script follows from its text, its arguments and the results of Go
// functions. There is no clock, no address, no file. pairs shows keys in the order of
// their insertion; tostring of a table shows a number that counts tables.
//
// A script is bounded (Limits): its instructions are counted, and the memory that its
// values take. One that exceeds a bound ends at the same instruction everywhere,
// whatever it has protected itself with.
//
// A chunk becomes a tree of Go closures, one for each expression and statement
// (proto.go). The tree is quick to make and quick enough to run, because scripts are
// short. Texts of errors, the forms of numbers and the order in which operands are
// evaluated are those of C's Lua. testdata has the answers of a redis-server.
//
// Tried first: github.com/yuin/gopher-lua. Its loop can count instructions. But one
// instruction may make a string of 2 GB or, by t[60000000] = 1, a table of 1 GB. Its
// tostring shows addresses. Its numbers ("1000000000000000" for 1e15) and its errors
// are not those of Redis's Lua, and concatenation cannot be taught otherwise.
//
// TestRandomScripts compares this package with the Lua of a real redis-server.
//
// Names are those of gopher-lua's API where there is such a thing there.
package lua
