package reply

import (
	"strings"
	"testing"
)

func words(list ...string) [][]byte {
	args := make([][]byte, len(list))
	for i, word := range list {
		args[i] = []byte(word)
	}
	return args
}

// The texts are those of redis-server 7.0.15.
func TestUnknownCommand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args [][]byte
		want string
	}{
		{words("foo"), "ERR unknown command 'foo', with args beginning with: "},
		{words("foo", "a", "b"), "ERR unknown command 'foo', with args beginning with: 'a' 'b' "},
		{words("", ""), "ERR unknown command '', with args beginning with: '' "},
		{words("fo\x00o", "a\x00b"), "ERR unknown command 'fo', with args beginning with: 'a' "},
		{
			words(strings.Repeat("f", 200), strings.Repeat("a", 200), "b"),
			"ERR unknown command '" + strings.Repeat("f", 128) + "', with args beginning with: '" + strings.Repeat("a", 128) + "' ",
		},
		{
			words("foo", strings.Repeat("a", 100), strings.Repeat("b", 100), "c"),
			"ERR unknown command 'foo', with args beginning with: '" + strings.Repeat("a", 100) + "' '" + strings.Repeat("b", 25) + "' ",
		},
		{
			words("foo", strings.Repeat("a", 123), "b", "c"),
			"ERR unknown command 'foo', with args beginning with: '" + strings.Repeat("a", 123) + "' 'b' ",
		},
		{
			words("foo", strings.Repeat("a", 125), "b", "c"),
			"ERR unknown command 'foo', with args beginning with: '" + strings.Repeat("a", 125) + "' ",
		},
	}
	for _, tt := range tests {
		if got := UnknownCommand(tt.args); got != tt.want {
			t.Errorf("UnknownCommand(%.40q) = %q, want %q", tt.args, got, tt.want)
		}
	}
	for sub, want := range map[string]string{
		"x":                      "ERR unknown subcommand 'x'. Try CLIENT HELP.",
		"":                       "ERR unknown subcommand ''. Try CLIENT HELP.",
		strings.Repeat("x", 200): "ERR unknown subcommand '" + strings.Repeat("x", 128) + "'. Try CLIENT HELP.",
	} {
		if got := UnknownSubcommand("client", []byte(sub)); got != want {
			t.Errorf("UnknownSubcommand(%.20q) = %q, want %q", sub, got, want)
		}
	}
	if got, want := WrongArity("client|id"), "ERR wrong number of arguments for 'client|id' command"; got != want {
		t.Errorf("WrongArity = %q, want %q", got, want)
	}
}
