// Command msredis is a node of a msredis cluster, or a whole one by itself.
//
// It takes its options as redis-server does; see --help.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/msredis/msredis/cluster"
	"github.com/msredis/msredis/internal/options"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const usage = `Usage: msredis [file | -] [--option value ...] ...
       msredis --healthcheck [file] [--option value ...] ...
       msredis import dump.rdb | --from host:port [--to host:port] [--replace] ...
       msredis reset-members [file] [--option value ...] ...
       msredis --version | --help

Without any option: one durable node on 127.0.0.1:6379, its data in ./data.
A file has the syntax of redis.conf; the command line overrules it.
--healthcheck asks the node that the options describe whether it serves
commands and exits with 0 or 1.
reset-members makes a node that does not run the only member of a new cluster
that has its data, when a majority of the old one is lost for good.
import brings the data of a Redis into a running node: msredis import --help.
`

// run is the process: it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	health := false
	if len(args) > 0 {
		switch args[0] {
		case "--help", "-h":
			fmt.Fprint(stdout, usage)
			if err := options.Help(stdout); err != nil {
				return fail(stderr, err)
			}
			return 0
		case "--version", "-v":
			fmt.Fprintln(stdout, versionLine())
			return 0
		case "reset-members":
			return resetMembers(args[1:], stdout, stderr)
		case "import":
			return importData(args[1:], stdout, stderr)
		case "--healthcheck":
			health = true
			args = args[1:]
		}
	}
	opts := options.New()
	if err := opts.LoadArgs(args); err != nil {
		return fail(stderr, err)
	}
	if health {
		if err := healthcheck(opts); err != nil {
			return fail(stderr, err)
		}
		return 0
	}
	err := serve(opts)
	for errors.Is(err, cluster.ErrMoves) {
		err = serve(opts)
	}
	if err != nil {
		return fail(stderr, err)
	}
	return 0
}

// fail prints the one line that a failed start leaves.
func fail(stderr io.Writer, err error) int {
	fmt.Fprintf(stderr, "msredis: %v\n", err)
	return 1
}
