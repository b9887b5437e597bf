package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/msredis/msredis/internal/importer"
	"github.com/msredis/msredis/internal/tlsconf"
)

const importUsage = `Usage: msredis import dump.rdb [option ...]
       msredis import --from host:port [option ...]

Brings all databases of a Redis into a running msredis, with deadlines: out of a
dump file, or out of a running server, which is read with SCAN, DUMP and PTTL.

  --to host:port        any node of the cluster (default 127.0.0.1:6379)
  --to-user name        for AUTH there
  --to-pass word        likewise; or in the environment, MSREDIS_TO_PASSWORD
  --from host:port      the server to read
  --user name           for AUTH there
  --pass word           likewise; or in the environment, MSREDIS_FROM_PASSWORD
  --tls                 TLS to --from; the options of redis-cli --tls follow:
  --cacert file, --cacertdir dir, --cert file, --key file, --sni name, --insecure
  --to-tls              TLS to --to, with --to-cacert and so on. The certificate is
                        of the CA (or one of the system's), and has the host's name
                        or --sni's. With --insecure it may be any
  --replace             replace keys that exist; without it they are left as they are.
                        An import that was interrupted is repeated with it
  --quiet               no lines of progress

Exit code 0: all is there. 1: the import stopped before its end. 2: it went
through, but left out what it names: keys that existed, values of modules,
libraries of functions.
`

// The exit codes of an import.
const (
	importComplete = 0
	importStopped  = 1
	importPartly   = 2
)

// importData is `msredis import`: it returns the exit code.
func importData(args []string, stdout, stderr io.Writer) int {
	o, err := parseImport(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, importUsage)
		return importComplete
	}
	if err != nil {
		fmt.Fprintf(stderr, "msredis import: %v\n", err)
		return importStopped
	}
	sum, err := importer.Run(o)
	if err == nil || errors.Is(err, importer.ErrIncomplete) || sum.Keys > 0 {
		sum.Write(stdout)
	}
	switch {
	case err == nil:
		return importComplete
	case errors.Is(err, importer.ErrIncomplete):
		return importPartly
	}
	fmt.Fprintf(stderr, "msredis import: %v\n", err)
	return importStopped
}

func parseImport(args []string, progress io.Writer) (importer.Options, error) {
	o := importer.Options{Progress: progress}
	f := flag.NewFlagSet("import", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.To.Addr, "to", "127.0.0.1:6379", "")
	f.StringVar(&o.To.User, "to-user", "", "")
	for _, name := range []string{"to-pass", "to-password"} {
		f.StringVar(&o.To.Password, name, os.Getenv("MSREDIS_TO_PASSWORD"), "")
	}
	f.StringVar(&o.From.Addr, "from", "", "")
	f.StringVar(&o.From.User, "user", "", "")
	for _, name := range []string{"pass", "password"} { // redis-cli's name, and the longer one
		f.StringVar(&o.From.Password, name, os.Getenv("MSREDIS_FROM_PASSWORD"), "")
	}
	f.BoolVar(&o.Replace, "replace", false, "")
	from, to := tlsFlags(f, ""), tlsFlags(f, "to-")
	quiet := f.Bool("quiet", false, "")
	for {
		if err := f.Parse(args); err != nil {
			return o, err
		}
		if args = f.Args(); len(args) == 0 {
			break
		}
		if o.File != "" {
			return o, fmt.Errorf("one dump file at a time, not %s too", args[0])
		}
		o.File, args = args[0], args[1:]
	}
	if *quiet {
		o.Progress = nil
	}
	if (o.File == "") == (o.From.Addr == "") {
		return o, errors.New("either a dump file or --from host:port; see msredis import --help")
	}
	for _, addr := range []string{o.To.Addr, o.From.Addr} {
		if _, _, err := net.SplitHostPort(addr); addr != "" && err != nil {
			return o, fmt.Errorf("%s is no host:port", addr)
		}
	}
	for server, flags := range map[*importer.Server]*tlsFlag{&o.From: from, &o.To: to} {
		var err error
		if server.TLS, err = flags.config(server.Addr); err != nil {
			return o, err
		}
	}
	return o, nil
}

// tlsFlag is how to talk TLS with one server. The names are those of redis-cli.
type tlsFlag struct {
	prefix   string
	on       bool
	files    tlsconf.Files
	name     string
	insecure bool
}

func tlsFlags(f *flag.FlagSet, prefix string) *tlsFlag {
	t := &tlsFlag{prefix: prefix}
	f.BoolVar(&t.on, prefix+"tls", false, "")
	f.StringVar(&t.files.CAFile, prefix+"cacert", "", "")
	f.StringVar(&t.files.CADir, prefix+"cacertdir", "", "")
	f.StringVar(&t.files.Cert, prefix+"cert", "", "")
	f.StringVar(&t.files.Key, prefix+"key", "", "")
	f.StringVar(&t.name, prefix+"sni", "", "")
	f.BoolVar(&t.insecure, prefix+"insecure", false, "")
	return t
}

// config returns what the flags ask for; nil: plain text.
func (t *tlsFlag) config(addr string) (*tls.Config, error) {
	switch {
	case !t.on && *t != (tlsFlag{prefix: t.prefix}):
		return nil, fmt.Errorf("certificates are of no use without --%stls", t.prefix)
	case !t.on:
		return nil, nil
	}
	name := t.name
	if name == "" {
		name, _, _ = net.SplitHostPort(addr) // checked
	}
	config, err := tlsconf.Client(t.files, name)
	if err == nil {
		config.InsecureSkipVerify = t.insecure
	}
	return config, err
}
