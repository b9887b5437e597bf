package front

import (
	"bytes"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/internal/pubsub"
	"github.com/msredis/msredis/resp"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// A session subscribes to names at the node's hub, which hands it the messages
// (Receive) on the goroutines of those who publish. They reach the client through
// Conn.Push, so never in the middle of the replies to a pipeline. Messages that the
// client was to get before one of these replies are taken back and put in front of it.

// subscriptions are what a session has subscribed to.
type subscriptions struct {
	names [pubsub.Kinds]map[string]struct{} // changed under mu of the session
	any   bool                              // there is at least one name
	// counts are the lengths of names, for others.
	counts [pubsub.Kinds]atomic.Int32
}

// heardTimeout bounds how long a subscription is kept from being confirmed by a node
// that does not say that it has heard of it.
const heardTimeout = time.Second

// expectEvery is how often a session looks whether a node that has come can be told.
const expectEvery = 2 * time.Millisecond

// A connection keeps no frame whose memory the hub uses again. This is negative, and does
// not compile, if it did.
const _ = uint(resp.SharedFrom - pubsub.LastingFrom)

// Receive implements pubsub.Subscriber.
func (s *Session) Receive(m *pubsub.Message) {
	s.conn.Push(m.Frame(s.proto.Load() == reply.RESP3))
}

// subscribed returns the number that confirmations tell.
func (s *Session) subscribed(k pubsub.Kind) int64 {
	if k == pubsub.Shard {
		return int64(len(s.subs.names[k]))
	}
	return int64(len(s.subs.names[pubsub.Channel]) + len(s.subs.names[pubsub.Pattern]))
}

// changeSubs is called when a name has come or gone.
func (s *Session) changeSubs(k pubsub.Kind) {
	s.subs.counts[k].Store(int32(len(s.subs.names[k])))
	total := 0
	for _, names := range s.subs.names {
		total += len(names)
	}
	if any := total > 0; any != s.subs.any {
		s.subs.any = any
		s.setFlag(flagPubSub, any)
		s.listens = s.flags.Load()&(flagPubSub|flagMonitor) != 0
		s.conn.SetIdleExempt(any)
		class, n := resp.ClassNormal, int64(-1)
		if any {
			class, n = resp.ClassPubSub, 1
		}
		s.conn.SetClass(class)
		s.srv.subscribers.Add(n)
	}
}

// unsubscribeAll forgets all subscriptions without a word.
func (s *Session) unsubscribeAll() {
	for k := range pubsub.Kind(pubsub.Kinds) {
		for name := range s.subs.names[k] {
			s.unsubscribe(k, name)
		}
	}
}

func (s *Session) unsubscribe(k pubsub.Kind, name string) {
	s.srv.hub.Unsubscribe(k, name, s)
	s.mu.Lock()
	delete(s.subs.names[k], name)
	s.mu.Unlock()
	s.keeps(-1, -len(name))
	s.changeSubs(k)
}

// pushes returns the writer for what goes to the client also if it wants no replies
// (CLIENT REPLY OFF); done ends it.
func (s *Session) pushes(w *reply.Writer) (done func()) {
	discard := w.Discard
	w.Discard = false
	return func() { w.Discard = discard }
}

// subscribeHandler makes the handler of SUBSCRIBE, PSUBSCRIBE or SSUBSCRIBE.
func subscribeHandler(k pubsub.Kind, name string) Handler {
	return func(s *Session, args [][]byte, w *reply.Writer) {
		if s.inExec && k == pubsub.Shard {
			w.Error(reply.ErrShardInMulti)
			return
		}
		defer s.pushes(w)()
		for _, arg := range args[1:] {
			if _, has := s.subs.names[k][string(arg)]; !has {
				topic := string(arg)
				s.mu.Lock()
				if s.subs.names[k] == nil {
					s.subs.names[k] = make(map[string]struct{})
				}
				s.subs.names[k][topic] = struct{}{}
				s.mu.Unlock()
				s.keeps(1, len(topic))
				s.srv.hub.Subscribe(k, topic, s)
				s.changeSubs(k)
			}
			w.Push(3)
			w.BulkString(name)
			w.Bulk(arg)
			w.Int(s.subscribed(k))
		}
		s.awaitHeard()
		if s.ended(s.srv.users.now.Load()) {
			s.last = true // the right was lost meanwhile
		}
	}
}

// awaitHeard returns when the other nodes know of the session's subscriptions, so
// that whoever publishes on one of them from now on reaches it.
func (s *Session) awaitHeard() {
	hub := s.srv.hub
	expecting := hub.Expecting()
	mark := hub.Mark()
	wait := mark.Heard()
	if wait == nil && !expecting {
		return
	}
	timer := time.NewTimer(heardTimeout)
	defer timer.Stop()
	// A node that has just come is told when the wire to it is there; that is soon.
	for ; expecting; expecting = hub.Expecting() {
		select {
		case <-time.After(expectEvery):
		case <-timer.C:
			return
		case <-s.conn.Done():
			return
		}
		mark = hub.Mark()
	}
	for wait = mark.Heard(); wait != nil; wait = mark.Heard() {
		select {
		case <-wait:
		case <-timer.C:
			return
		case <-s.conn.Done():
			return
		}
	}
}

// unsubscribeHandler makes the handler of UNSUBSCRIBE, PUNSUBSCRIBE or SUNSUBSCRIBE.
func unsubscribeHandler(k pubsub.Kind, name string) Handler {
	return func(s *Session, args [][]byte, w *reply.Writer) {
		defer s.pushes(w)()
		confirm := func(topic []byte) {
			w.Push(3)
			w.BulkString(name)
			if topic == nil {
				w.Null()
			} else {
				w.Bulk(topic)
			}
			w.Int(s.subscribed(k))
		}
		topics := args[1:]
		if len(topics) == 0 {
			for _, topic := range slices.Sorted(maps.Keys(s.subs.names[k])) {
				topics = append(topics, []byte(topic))
			}
		}
		if len(topics) == 0 {
			confirm(nil)
			return
		}
		for _, topic := range topics {
			if _, has := s.subs.names[k][string(topic)]; has {
				s.unsubscribe(k, string(topic))
				w.Buf = append(w.Buf, s.conn.Pushed()...) // what came until now
			}
			confirm(topic)
		}
		s.awaitHeard()
	}
}

// publishAtOnce publishes what a client sends. A message of a transaction, or behind
// writes of its pipeline, is a part of their log entry. It returns false, and the
// command becomes a call of the unit.
func (s *Session) publishAtOnce(cmd *command.Command, args [][]byte) bool {
	if len(s.unit.Calls) > 0 {
		if s.writes {
			return false
		}
		s.flush() // what is read before it must not see what follows from it
	}
	if s.unproven {
		if s.prove(); s.locked {
			s.reject(cmd, reply.ErrNoAuth)
			return true
		}
	}
	kind := pubsub.Channel
	if len(cmd.KeySpecs) > 0 { // a shard channel has a slot, as a key has
		kind = pubsub.Shard
	}
	s.answer(cmd, args, func(s *Session, args [][]byte, w *reply.Writer) { s.publish(kind, args, w) })
	return true
}

func (s *Session) publish(kind pubsub.Kind, args [][]byte, w *reply.Writer) {
	n := s.srv.hub.Publish(kind, args[1], args[2])
	w.Int(int64(n))
	if s.subs.any && !w.Discard {
		w.Buf = append(w.Buf, s.conn.Pushed()...) // a message to oneself comes right behind the reply
	}
}

func pubsubChannelsHandler(k pubsub.Kind) Handler {
	return func(s *Session, args [][]byte, w *reply.Writer) {
		if len(args) > 3 {
			w.Error(reply.SubcommandSyntax("pubsub", args[1]))
			return
		}
		names := s.srv.hub.Names(k)
		if len(args) == 3 {
			names = slices.DeleteFunc(names, func(name string) bool { return !glob.Match(args[2], []byte(name), false) })
		}
		w.Strings(names)
	}
}

func pubsubNumsubHandler(k pubsub.Kind) Handler {
	return func(s *Session, args [][]byte, w *reply.Writer) {
		w.Array(2 * len(args[2:]))
		for _, name := range args[2:] {
			w.Bulk(name)
			w.Int(int64(s.srv.hub.Subscribers(k, name)))
		}
	}
}

func pubsubNumpatCommand(s *Session, _ [][]byte, w *reply.Writer) {
	w.Int(int64(len(s.srv.hub.Names(pubsub.Pattern))))
}

func pubsubHelpCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	writeHelp(w, "PUBSUB", `
CHANNELS [<pattern>]
    Return the currently active channels matching a <pattern> (default: '*').
NUMPAT
    Return number of subscriptions to patterns.
NUMSUB [<channel> ...]
    Return the number of subscribers for the specified channels, excluding
    pattern subscriptions(default: no channels).
SHARDCHANNELS [<pattern>]
    Return the currently active shard level channels matching a <pattern> (default: '*').
SHARDNUMSUB [<shardchannel> ...]
    Return the number of subscribers for the specified shard level channel(s)
`)
}

// subscriberPing is PING of a RESP2 client that has subscriptions.
func subscriberPing(args [][]byte, w *reply.Writer) {
	w.Array(2)
	w.BulkString("pong")
	w.Bulk(bytes.Join(args[1:], nil))
}
