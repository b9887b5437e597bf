//go:build tools

package main

// Its comparison with a real Redis is a test of its own, which needs it in go.mod.
import _ "github.com/alicebob/miniredis/v2"
