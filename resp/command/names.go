package command

import (
	"slices"
	"strings"
)

var groups = []Group{
	GroupConnection, GroupGeneric, GroupString, GroupBitmap, GroupHash, GroupList, GroupSet, GroupSortedSet,
	GroupStream, GroupHyperLogLog, GroupGeo, GroupPubSub, GroupScripting, GroupTransactions, GroupServer,
	GroupCluster, GroupLease,
}

// flagNames are the flags that COMMAND shows, in Redis's order.
var flagNames = []struct {
	flag Flags
	name string
}{
	{Write, "write"},
	{ReadOnly, "readonly"},
	{DenyOOM, "denyoom"},
	{Admin, "admin"},
	{PubSub, "pubsub"},
	{NoScript, "noscript"},
	{Blocking, "blocking"},
	{Loading, "loading"},
	{Stale, "stale"},
	{SkipMonitor, "skip_monitor"},
	{SkipSlowlog, "skip_slowlog"},
	{Asking, "asking"},
	{Fast, "fast"},
	{NoAuth, "no_auth"},
	{NoMandatoryKeys, "no_mandatory_keys"},
	{NoAsyncLoading, "no_async_loading"},
	{NoMulti, "no_multi"},
	{MovableKeys, "movablekeys"},
	{AllowBusy, "allow_busy"},
}

// Names returns the flags by the names that COMMAND shows, in its order.
func (s Flags) Names() []string {
	var names []string
	for _, f := range flagNames {
		if s.Has(f.flag) {
			names = append(names, f.name)
		}
	}
	return names
}

var keyFlagNames = []struct {
	flag KeyFlags
	name string
}{
	{KeyRO, "RO"},
	{KeyRW, "RW"},
	{KeyOW, "OW"},
	{KeyRM, "RM"},
	{KeyAccess, "access"},
	{KeyUpdate, "update"},
	{KeyInsert, "insert"},
	{KeyDelete, "delete"},
	{KeyNotKey, "not_key"},
	{KeyIncomplete, "incomplete"},
	{KeyVariable, "variable_flags"},
}

// Names returns the flags by the names that COMMAND INFO shows, in its order.
func (s KeyFlags) Names() []string {
	var names []string
	for _, f := range keyFlagNames {
		if s&f.flag != 0 {
			names = append(names, f.name)
		}
	}
	return names
}

// aclCategories are Redis's, in its order; @lease is msredis's own.
var aclCategories = []string{
	"@keyspace", "@read", "@write", "@set", "@sortedset", "@list", "@hash", "@string", "@bitmap", "@hyperloglog",
	"@geo", "@stream", "@pubsub", "@admin", "@fast", "@slow", "@blocking", "@dangerous", "@connection",
	"@transaction", "@scripting", "@lease",
}

// groupCategories are implied by the group. GroupServer and GroupCluster imply
// none; a container has none either, its subcommands have.
var groupCategories = map[Group]string{
	GroupConnection:   "@connection",
	GroupGeneric:      "@keyspace",
	GroupString:       "@string",
	GroupBitmap:       "@bitmap",
	GroupHash:         "@hash",
	GroupList:         "@list",
	GroupSet:          "@set",
	GroupSortedSet:    "@sortedset",
	GroupStream:       "@stream",
	GroupHyperLogLog:  "@hyperloglog",
	GroupGeo:          "@geo",
	GroupPubSub:       "@pubsub",
	GroupScripting:    "@scripting",
	GroupTransactions: "@transaction",
	GroupLease:        "@lease",
}

// categories derives the ACL categories as Redis does.
func categories(c *Command) []string {
	has := make(map[string]bool)
	if category := groupCategories[c.Group]; category != "" && !c.IsContainer() {
		has[category] = true
	}
	for _, implied := range []struct {
		flag       Flags
		categories []string
	}{
		{Write, []string{"@write"}},
		{ReadOnly, []string{"@read"}},
		{Admin, []string{"@admin", "@dangerous"}},
		{PubSub, []string{"@pubsub"}},
		{Fast, []string{"@fast"}},
		{Blocking, []string{"@blocking"}},
	} {
		if c.Flags.Has(implied.flag) {
			for _, category := range implied.categories {
				has[category] = true
			}
		}
	}
	if has["@scripting"] {
		delete(has, "@read")
	}
	if !has["@fast"] {
		has["@slow"] = true
	}
	for _, category := range c.ACL {
		name, remove := strings.CutPrefix(category, "-")
		has[name] = !remove
	}
	var list []string
	for _, category := range aclCategories {
		if has[category] {
			list = append(list, category)
		}
	}
	return slices.Clip(list)
}
