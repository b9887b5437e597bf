package script

// libraries are the functions of all libraries.
type libraries struct{}

// loaded is a library in a machine.
type loaded struct{}
