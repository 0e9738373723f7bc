package admin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzReadQuestions: what the office's text was read as, written and read again,
// is the same.
func FuzzReadQuestions(f *testing.F) {
	for _, s := range []string{"", "谁当主任\n- 甲\n- 乙\n", "先修哪里 [1-2 blank]\n-大门\n-花坛", "x [可以不选]\n- a", "- 没有题目", "a [", "a [1-]", "a []\n-", "a [99999999999999999999]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, bad := readQuestions(text, "可以不选")
		if bad != "" {
			if len(list) != 0 {
				t.Errorf("%q is refused for %q and read", text, bad)
			}
			return
		}
		again, bad := readQuestions(questionText(list), "可以不选")
		if bad != "" || cmp.Diff(list, again) != "" {
			t.Errorf("%q: %q %s", text, bad, cmp.Diff(list, again))
		}
	})
}
