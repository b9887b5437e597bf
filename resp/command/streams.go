package command

// streamsOption returns the position of the word STREAMS of XREAD and XREADGROUP, -1 if
// there is none. It is looked for where an option may stand, as the handler does. A
// group or a consumer may be called STREAMS, too. A key that was taken for another
// would not be locked.
func streamsOption(args [][]byte) int {
	for i := 1; i < len(args); i++ {
		switch {
		case Is(args[i], "STREAMS"):
			return i
		case Is(args[i], "BLOCK"), Is(args[i], "COUNT"):
			i++
		case Is(args[i], "GROUP"):
			i += 2
		case !Is(args[i], "NOACK"):
			return -1
		}
	}
	return -1
}
