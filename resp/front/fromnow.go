package front

import (
	"slices"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// fromNow replaces the arguments that stand for the last ID of a stream by those IDs.
// The client waits for entries that come after it has begun to wait.
func (b *blocked) fromNow(db int) (errText string) {
	if b.cmd.Wait.FromNow == nil {
		return ""
	}
	list := b.cmd.Wait.FromNow(b.args)
	if len(list) == 0 {
		return ""
	}
	s := b.session
	u := &command.Unit{Client: s.id}
	for _, id := range list {
		u.Calls = append(u.Calls, nodeCall(s.srv.table.Named("xinfo|stream"),
			[][]byte{[]byte("XINFO"), []byte("STREAM"), b.args[id.Stream]}, db))
	}
	if err := s.srv.backend.Read(u); err != nil {
		return failureText(err)
	}
	args := slices.Clone(b.args)
	rest := u.W.Buf
	for _, place := range list {
		size := reply.Len(rest)
		if id := lastID(rest[:size]); id != nil {
			args[place.At] = id
		}
		rest = rest[size:]
	}
	b.args = args
	return ""
}

// lastID finds the last ID of a stream in the reply to XINFO STREAM. Of a key
// that does not exist it is 0-0; of one that holds something else, nil.
func lastID(info []byte) []byte {
	if len(info) > 0 && info[0] == '-' {
		if errorText(info) == reply.ErrNoSuchKey {
			return []byte("0-0")
		}
		return nil
	}
	_, rest, _ := openArray(info)
	for len(rest) > 0 {
		name := bulkText(rest[:reply.Len(rest)])
		rest = rest[reply.Len(rest):]
		size := reply.Len(rest)
		if string(name) == "last-generated-id" {
			return slices.Clone(bulkText(rest[:size]))
		}
		rest = rest[size:]
	}
	return nil
}
