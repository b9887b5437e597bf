package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is msredis's own. A build of a release sets it:
//
//	go build -ldflags "-X main.version=1.2.3"
var version = "unreleased"

// commit returns the revision that the binary was built from, or "".
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	revision, modified := "", false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value[:min(len(s.Value), 12)]
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if modified {
		revision += "+"
	}
	return revision
}

// versionAndCommit names the build for the log and for --version.
func versionAndCommit() string {
	if c := commit(); c != "" {
		return version + " (" + c + ")"
	}
	return version
}

func versionLine() string {
	return fmt.Sprintf("msredis %s %s %s/%s", versionAndCommit(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
