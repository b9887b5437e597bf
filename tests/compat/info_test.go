package compat

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// infoLater are fields of INFO that Redis has since 7.2 and 7.4, from the
// documents of those versions.
var infoLater = []string{
	"watching_clients", "total_watched_keys", "total_blocking_keys", "total_blocking_keys_on_nokey",
	"allocator_muzzy", "expired_subkeys", "evicted_scripts", "eventloop_cycles", "eventloop_duration_cmd_sum",
	"instantaneous_eventloop_cycles_per_sec", "client_query_buffer_limit_disconnections",
	"client_output_buffer_limit_disconnections", "acl_access_denied_auth", "acl_access_denied_cmd",
	"acl_access_denied_key", "acl_access_denied_channel", "mem_overhead_db_hashtable_rehashing", "listener0",
}

// TestInfoFields: tools that read INFO and MEMORY STATS find every field here that
// a real redis-server shows.
func TestInfoFields(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	redis, ours := testcluster.StartRedis(t).Addr, testcluster.Start(t, 1).Addrs()[0]
	fields := func(addr string, args ...string) []string {
		c, err := wire.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, cmd := range [][]string{{"SET", "k", "v"}, {"INCR", "k"}, args} {
			v, err := c.Do(cmd...)
			if err != nil {
				t.Fatal(err)
			}
			if cmd[0] == "INFO" {
				var names []string
				for _, line := range strings.Split(v.Text, "\r\n") {
					if name, _, ok := strings.Cut(line, ":"); ok && !strings.HasSuffix(name, "_ping") {
						names = append(names, name)
					}
				}
				return names
			}
			if cmd[0] == "MEMORY" {
				return memoryFields("", v.Elems)
			}
		}
		return nil
	}
	compare := func(args, real []string) {
		got := fields(ours, args...)
		for _, name := range real {
			if !slices.Contains(got, name) {
				t.Errorf("%s has no %s", strings.Join(args, " "), name)
			}
		}
	}
	info, stats := []string{"INFO", "everything"}, []string{"MEMORY", "STATS"}
	real := fields(redis, info...)
	if len(real) < 150 {
		t.Fatalf("only %d fields of redis-server: %v", len(real), real)
	}
	compare(info, append(real, infoLater...))
	if real = fields(redis, stats...); len(real) < 30 {
		t.Fatalf("only %d fields of redis-server: %v", len(real), real)
	}
	compare(stats, real)
}

// memoryFields are the names of a reply that is name, value and so on, those of
// the lists in it with the name of the list in front.
func memoryFields(prefix string, list []wire.Value) (names []string) {
	for i := 0; i+1 < len(list); i += 2 {
		name := prefix + list[i].Text
		names = append(names, name)
		names = append(names, memoryFields(name+" ", list[i+1].Elems)...)
	}
	return names
}

// TestUsedMemory: used_memory is what is in use, and follows the data at once.
func TestUsedMemory(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	c, err := wire.Dial(testcluster.Start(t, 1).Addrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	used := func() (used, uncounted int64) {
		t.Helper()
		v, err := c.Do("INFO", "memory")
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(v.Text, "\r\n") {
			fmt.Sscanf(line, "used_memory:%d", &used)
			fmt.Sscanf(line, "mem_not_counted_for_evict:%d", &uncounted)
		}
		return used, uncounted
	}
	do := func(args ...string) {
		t.Helper()
		if v, err := c.Do(args...); err != nil || v.IsError() {
			t.Fatalf("%s: %s %v", args[0], v.Text, err)
		}
	}
	const size = 8 << 20
	empty, _ := used()
	for _, remove := range [][]string{{"UNLINK", "big"}, {"FLUSHDB"}} {
		do("SET", "big", strings.Repeat("x", size))
		full, uncounted := used()
		if full-empty < size || full-empty > size*5/4 {
			t.Errorf("%d bytes were written, and used_memory rose by %d", size, full-empty)
		}
		if data := full - uncounted; data < size || data > size*5/4 {
			t.Errorf("maxmemory is held against %d bytes", data)
		}
		do(remove...)
		if gone, _ := used(); gone-empty > size/4 {
			t.Errorf("after %s used_memory is %d above what it was without data", remove[0], gone-empty)
		}
	}
}
