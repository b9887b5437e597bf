package options

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Help writes the options that mean something here, by group, for --help.
func Help(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, group := range groups {
		fmt.Fprintf(b, "\n%s:\n", group)
		for _, row := range documented() {
			if row.Group == group {
				fmt.Fprintf(b, "  --%-27s %s\n", row.Name+" "+row.placeholder(), row.describe())
			}
		}
	}
	fmt.Fprintf(b, "\nOther options of redis.conf are accepted: %d are checked and kept but have no effect here.\n", len(ignored))
	return b.Flush()
}

// Markdown writes the same as tables for docs/OPERATING.md.
func Markdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i, group := range groups {
		if i > 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintf(b, "**%s**\n\n| option | default | CONFIG SET | |\n| --- | --- | --- | --- |\n", group)
		for _, row := range documented() {
			if row.Group != group {
				continue
			}
			set := "no"
			switch {
			case row.Effect == Cluster:
				set = "on all nodes"
			case row.Mutable():
				set = "yes"
			}
			fmt.Fprintf(b, "| `%s` | `%s` | %s | %s |\n", row.Name, orEmpty(row.Default), set, row.Doc)
		}
	}
	return b.Flush()
}

func (r *Row) placeholder() string {
	switch {
	case r.Kind == Bool:
		return "yes|no"
	case r.Kind == Enum:
		return "word"
	case r.Kind == Memory:
		return "bytes"
	case r.Kind == Int && r.Unit != 0:
		return "time"
	case r.Kind == Int:
		return "number"
	case r.Multi:
		return "text ..."
	}
	return "text"
}

func (r *Row) describe() string {
	if r.Kind == Enum {
		return fmt.Sprintf("%s (%s; default %s)", r.Doc, strings.Join(r.Enum, ", "), r.Default)
	}
	return fmt.Sprintf("%s (default %s)", r.Doc, orEmpty(r.Default))
}

func orEmpty(s string) string {
	if s == "" {
		return `""`
	}
	return s
}
