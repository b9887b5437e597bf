package command

import "strings"

// Categories returns the ACL categories, without '@', in the order in which ACL
// CAT shows them.
func Categories() []string {
	list := make([]string, len(aclCategories))
	for i, category := range aclCategories {
		list[i] = strings.TrimPrefix(category, "@")
	}
	return list
}
