package portal

import "juwu/i18n"

const noticeStates = i18n.Family("notice.state.")

// diffLine is a paragraph of a corrected text: the same in both, changed, only
// in the old, or only in the new.
type diffLine struct{ Old, New string }

// mostDiffed keeps the table of a comparison small.
const mostDiffed = 400

// diffLines aligns two texts by their longest common subsequence; what stands
// between common paragraphs is paired as changed.
func diffLines(before, after []string) []diffLine {
	if len(before) > mostDiffed || len(after) > mostDiffed {
		return pairUp(before, after)
	}
	common := commonLengths(before, after)
	var out []diffLine
	var gone, come []string
	flush := func() { out, gone, come = append(out, pairUp(gone, come)...), nil, nil }
	i, j := 0, 0
	for i < len(before) && j < len(after) {
		switch {
		case before[i] == after[j]:
			flush()
			out = append(out, diffLine{before[i], after[j]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			gone = append(gone, before[i])
			i++
		default:
			come = append(come, after[j])
			j++
		}
	}
	gone, come = append(gone, before[i:]...), append(come, after[j:]...)
	flush()
	return out
}

// commonLengths[i][j] is how many paragraphs before[i:] and after[j:] share.
func commonLengths(before, after []string) [][]int {
	t := make([][]int, len(before)+1)
	for i := range t {
		t[i] = make([]int, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			if before[i] == after[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	return t
}

func pairUp(gone, come []string) []diffLine {
	var out []diffLine
	for i := range max(len(gone), len(come)) {
		var d diffLine
		if i < len(gone) {
			d.Old = gone[i]
		}
		if i < len(come) {
			d.New = come[i]
		}
		out = append(out, d)
	}
	return out
}
