package portal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A heading is never left alone at the foot of a sheet.
func TestHeadingStaysWithWhatItHeads(t *testing.T) {
	long := strings.Repeat("字", 27*7)
	for name, c := range map[string]struct{ all, first, second []string }{
		"fits":          {[]string{"基本情况", long}, []string{"基本情况", long}, nil},
		"heading moves": {[]string{"基本情况", long, "主要意见", long}, []string{"基本情况", long}, []string{"主要意见", long}},
		"no heading":    {[]string{long, "一个不短的段落，不是标题，留在这一页。", long}, []string{long, "一个不短的段落，不是标题，留在这一页。"}, []string{long}},
		"colon heads":   {[]string{long, "依照推选结果依次递补的人选，按得票多少排列：", long}, []string{long}, []string{"依照推选结果依次递补的人选，按得票多少排列：", long}},
		"only one":      {[]string{"标题", strings.Repeat("字", 27*17)}, []string{"标题"}, []string{strings.Repeat("字", 27*17)}},
	} {
		t.Run(name, func(t *testing.T) {
			want := [][]string{c.first}
			if c.second != nil {
				want = append(want, c.second)
			}
			if diff := cmp.Diff(want, sheetParts(c.all, "A4")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
