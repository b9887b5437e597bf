// Package compat compares what msredis answers with what Redis answers: scripts
// with recorded replies, and random commands. README.md describes the scripts.
// It talks to servers over the wire and knows nothing of their insides.
package compat
