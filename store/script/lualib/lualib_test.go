package lualib

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/lua"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

var update = flag.Bool("update", false, "record the expected results from a redis-server")

// show is Lua that turns results into one text: tables with sorted keys, bytes
// that are not printable as \ddd, numbers in full.
const show = `
local function text(v)
  local kind = type(v)
  if kind == 'string' then
    return '"' .. string.gsub(v, '.', function(c)
      local b = string.byte(c)
      if b < 32 or b > 126 or c == '"' or c == '\\' then return string.format('\\%03d', b) end
    end) .. '"'
  elseif kind == 'number' and (v ~= v or v == 1/0 or v == -1/0) then
    return v ~= v and 'nan' or v > 0 and 'inf' or '-inf'
  elseif kind == 'number' then return string.format('%.17g', v)
  elseif kind == 'table' then
    local parts = {}
    for k, e in pairs(v) do parts[#parts + 1] = '[' .. text(k) .. ']=' .. text(e) end
    table.sort(parts)
    return '{' .. table.concat(parts, ' ') .. '}'
  elseif kind == 'boolean' or kind == 'nil' then return tostring(v) end
  return kind
end
local function show(...)
  local parts = {}
  for i = 1, select('#', ...) do parts[i] = text((select(i, ...))) end
  return table.concat(parts, ', ')
end
`

// TestAgainstRedis runs the lines of testdata, each the body of a function, and
// compares with what a redis-server answered. The settings of cjson are reset
// before each.
func TestAgainstRedis(t *testing.T) {
	for _, name := range []string{"bit", "struct", "cjson", "cmsgpack"} {
		t.Run(name, func(t *testing.T) {
			path := "testdata/" + name + ".txt"
			recorded, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			play := playHere(t)
			if *update {
				play = playRedis(t)
			}
			var out strings.Builder
			for line := range strings.Lines(string(recorded)) {
				line = strings.TrimSuffix(line, "\n")
				if strings.HasPrefix(line, "\t") {
					continue
				}
				fmt.Fprintln(&out, line)
				if line != "" && !strings.HasPrefix(line, "#") {
					fmt.Fprintf(&out, "\t%s\n", play(line))
				}
			}
			if *update {
				if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, got := strings.Split(string(recorded), "\n"), strings.Split(out.String(), "\n")
			if len(want) != len(got) {
				t.Fatalf("%s: %d lines became %d", path, len(want), len(got))
			}
			for i := range want {
				if want[i] != got[i] {
					t.Errorf("%s:%d: %s\n\twant%s\n\tgot %s", path, i+1, want[i-1], want[i], got[i])
				}
			}
		})
	}
}

// chunk is on one line, so that positions in errors do not depend on show.
func chunk(body string) string {
	return strings.ReplaceAll(show, "\n", " ") + "return show(pcall(function() " + body + " end))"
}

func playHere(t *testing.T) func(body string) string {
	l := lua.NewState()
	t.Cleanup(l.Close)
	OpenBit(l)
	OpenStruct(l)
	OpenCMsgpack(l)
	reset := OpenCJSON(l)
	return func(body string) string {
		reset()
		c, err := lua.Compile(chunk(body), "@user_script")
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		l.Push(l.Load(c))
		l.Call(0, 1)
		result := l.Get(-1).String()
		l.Pop(1)
		return result
	}
}

// playRedis asks a new server for each line, as the settings of cjson outlive a
// script there.
func playRedis(t *testing.T) func(body string) string {
	r := testcluster.StartRedis(t)
	c, err := wire.Dial(r.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return func(body string) string {
		if _, err := c.Do("SCRIPT", "FLUSH", "SYNC"); err != nil { // makes a new Lua
			t.Fatal(err)
		}
		v, err := c.Do("EVAL", chunk(body), "0")
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		return v.Text
	}
}

// TestSettingsBelongToOneLibrary: cjson.new makes a library with settings of its
// own, and reset forgets what a script has set.
func TestSettingsBelongToOneLibrary(t *testing.T) {
	l := lua.NewState()
	defer l.Close()
	reset := OpenCJSON(l)
	run := func(code, want string) {
		t.Helper()
		if err := l.DoString(code); err != nil {
			t.Fatal(err)
		}
		if got := l.Get(-1).String(); got != want {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
		l.Pop(1)
	}
	run(`local other = cjson.new(); other.encode_max_depth(5); return cjson.encode_max_depth()`, "1000")
	run(`return cjson.encode_max_depth(7)`, "7")
	reset()
	run(`return cjson.encode_max_depth()`, "1000")
}

// FuzzDecode: whatever the bytes are, there is a value or an error, and a value
// survives being encoded and decoded again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5,null,true,"x\u00e9\ud83d\ude00"]}`, "[[[[", "\x93\x01\xa1x\xc0", "\xdd\xff\xff\xff\xff", "\x81\xc0\xc0"} {
		f.Add([]byte(seed))
	}
	l := lua.NewState()
	OpenCJSON(l)
	OpenCMsgpack(l)
	compiled, err := lua.Compile(`
		local data = ...
		for _, lib in ipairs({{cjson.decode, cjson.encode}, {cmsgpack.unpack_one, cmsgpack.pack}}) do
			local decode, encode = unpack(lib)
			local ok, a, b = pcall(decode, data)
			if ok then
				local value = b == nil and a or b
				local ok, text = pcall(encode, value)
				if ok then decode(text) end
			end
		end`, "@fuzz")
	if err != nil {
		f.Fatal(err)
	}
	code := l.Load(compiled)
	f.Fuzz(func(t *testing.T, data []byte) {
		l.Push(code)
		l.Push(lua.LString(data))
		if err := l.PCall(1, 0, nil); err != nil {
			t.Fatalf("%q: %v", data, err)
		}
	})
}
