package rdb

import "fmt"

// Family is what a value is to clients, whatever its form.
type Family string

// The families.
const (
	FamilyString  Family = "string"
	FamilyList    Family = "list"
	FamilySet     Family = "set"
	FamilyZSet    Family = "sorted set"
	FamilyHash    Family = "hash"
	FamilyStream  Family = "stream"
	FamilyModule  Family = "module value"
	FamilyUnknown Family = "value of unknown type"
)

// Family returns the family that values of type t belong to.
func (t Type) Family() Family {
	switch t {
	case TypeString:
		return FamilyString
	case TypeList, TypeListZiplist, TypeListQuicklist, TypeListQuicklist2:
		return FamilyList
	case TypeSet, TypeSetIntset, TypeSetListpack:
		return FamilySet
	case TypeZSet, TypeZSet2, TypeZSetZiplist, TypeZSetListpack:
		return FamilyZSet
	case TypeHash, TypeHashZipmap, TypeHashZiplist, TypeHashListpack, TypeHashExpiry, TypeHashListpackEx:
		return FamilyHash
	case TypeStream, TypeStream2, TypeStream3:
		return FamilyStream
	case TypeModule, TypeModulePreGA:
		return FamilyModule
	}
	return FamilyUnknown
}

// Describe names a serialised value for people: its family, and what makes it
// special.
func Describe(value []byte) string {
	if len(value) == 0 {
		return string(FamilyUnknown)
	}
	switch t := Type(value[0]); t {
	case TypeHashExpiry, TypeHashListpackEx:
		return "hash with deadlines of its fields"
	case TypeModule:
		if id, err := NewDecoder(value[1:]).Len(); err == nil {
			return "value of module " + moduleName(id)
		}
		return string(FamilyModule)
	default:
		if f := t.Family(); f != FamilyUnknown {
			return string(f)
		}
		return fmt.Sprintf("%s (%d)", FamilyUnknown, t)
	}
}
