package transport

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"
)

// TestStrangers: whoever connects and does not say that it is a member takes few file
// descriptors, and nobody's place.
func TestStrangers(t *testing.T) {
	t.Parallel()
	a := start(t, 1, "127.0.0.1:0", nil)
	a.SetPeers([]Peer{{2, "127.0.0.1:1"}})
	for i := range 4 * MaxStrangers {
		nc, err := net.Dial("tcp", a.addr)
		must(t, err)
		defer nc.Close()
		switch i % 3 {
		case 0:
			nc.Write([]byte("GET / HTTP/1.1\r\n"))
		case 1:
			nc.Write(hello{version, forMessages, testCluster, 2, 1, Process{}}.append(nil)[:20])
		}
		if i%32 == 0 {
			got, _, err := Call(t.Context(), nil, a.addr, testCluster, "echo", []byte("x"))
			if err != nil || string(got) != "x" {
				t.Fatalf("behind %d strangers: %q, %v", i, got, err)
			}
		}
	}
	a.Transport.mu.Lock()
	n := len(a.inbound)
	a.Transport.mu.Unlock()
	if n > MaxStrangers {
		t.Errorf("%d connections of strangers", n)
	}
	b := start(t, 2, "127.0.0.1:0", nil)
	b.SetPeers([]Peer{{1, a.addr}})
	eventually(t, "a member is let in", func() bool { return !a.LastSeen(2).IsZero() })
}

// TestCallersHaveTheirPlace: a call that is being answered is not ended for the sake
// of others.
func TestCallersHaveTheirPlace(t *testing.T) {
	t.Parallel()
	a := start(t, 1, "127.0.0.1:0", nil)
	ended := make(chan error, MaxStrangers)
	for range MaxStrangers {
		go func() {
			_, _, err := Call(context.Background(), nil, a.addr, testCluster, "wait", nil)
			ended <- err
		}()
		<-a.entered
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, _, err := Call(ctx, nil, a.addr, testCluster, "echo", nil); err == nil {
		t.Error("there was room for one more")
	}
	close(a.release)
	for range MaxStrangers {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// Lines about refused peers have a bound, whatever ids and reasons come, and an address.
func TestRefusalLines(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	tr := &Transport{refusals: map[uint64]string{}, log: slog.New(slog.NewTextHandler(&out, nil)), start: time.Now()}
	from := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7}
	for i := range uint64(1000) {
		tr.noteRefusal(i%10, from, wrongVersion(uint16(i)))
	}
	if n := strings.Count(out.String(), "refused a peer"); n != maxRefusalLines {
		t.Errorf("%d lines, want %d", n, maxRefusalLines)
	}
	tr.start = tr.start.Add(-2 * unprovenPause)
	tr.noteRefusal(1, from, wrongVersion(7))
	if n := strings.Count(out.String(), "from=192.0.2.1:7"); n != maxRefusalLines+1 {
		t.Errorf("%d lines with the address when a minute has passed", n)
	}
	tr.noteRefusal(1, from, nil)
	if _, ok := tr.refusals[1]; ok {
		t.Error("a refusal that is over is remembered")
	}
}
