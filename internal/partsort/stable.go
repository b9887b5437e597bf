package partsort

// Stable sorts a list and keeps the order of elements that compare equal. It merges, with
// as much memory again as the list has. Elements stay where they lie: compare may be any
// function, and nothing is allocated for it.
func Stable[T any](list []T, compare func(a, b *T) int) {
	if len(list) > 1 {
		stable(list, make([]T, len(list)), compare)
	}
}

// stable sorts list; room is as long.
func stable[T any](list, room []T, compare func(a, b *T) int) {
	if len(list) < medium {
		for i := 1; i < len(list); i++ {
			for j := i; j > 0 && compare(&list[j-1], &list[j]) > 0; j-- {
				list[j-1], list[j] = list[j], list[j-1]
			}
		}
		return
	}
	half := len(list) / 2
	stable(list[:half], room[:half], compare)
	stable(list[half:], room[half:], compare)
	if compare(&list[half-1], &list[half]) <= 0 {
		return
	}
	left := room[:copy(room, list[:half])]
	right, to := list[half:], list
	for len(left) > 0 && len(right) > 0 {
		if compare(&left[0], &right[0]) <= 0 {
			to[0], left = left[0], left[1:]
		} else {
			to[0], right = right[0], right[1:]
		}
		to = to[1:]
	}
	copy(to, left)
}
