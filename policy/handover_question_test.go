package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/problem"
	"juwu/models"
)

// Their questions are answered from ours by code or by words, an answer of a
// list by its key; what has no counterpart is left to the officer.
func TestAnswerOuter(t *testing.T) {
	asked := []models.HandoverQuestion{
		{Code: "object", Text: "损坏的设施", Needed: true},
		{Code: "A7", Text: "多久了", Choices: []models.HandoverChoice{{Key: "1", Name: "一天以内"}, {Key: "2", Name: "一周以上"}}},
		{Code: "lamp", Text: "灯杆编号", Needed: true},
		{Code: "wet", Text: "什么时候", Choices: []models.HandoverChoice{{Key: "night", Name: "Night"}}},
	}
	ours := []models.ComplaintAnswer{{Question: "object", Answer: "路灯"}, {Question: "since", Answer: "longer"}, {Question: "什么时候", Answer: "白天"}}
	words := func(s string) []string {
		return map[string][]string{"since": {"多久了"}, "longer": {"一周以上"}}[s]
	}
	for name, tc := range map[string]struct {
		words func(string) []string
		want  map[string]string
	}{
		"by words too": {words, map[string]string{"object": "路灯", "A7": "2"}},
		"by code only": {nil, map[string]string{"object": "路灯"}},
	} {
		if d := cmp.Diff(tc.want, AnswerOuter(asked, ours, tc.words)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	for name, tc := range map[string]struct {
		answers map[string]string
		fields  string
	}{
		"all":         {map[string]string{"object": "路灯", "lamp": "7"}, ""},
		"one missing": {map[string]string{"object": "路灯", "lamp": " "}, "o2 form.needed"},
		"no choice":   {map[string]string{"object": "路灯", "lamp": "7", "A7": "3"}, "o1 form.choose"},
		"longest":     {map[string]string{"object": strings.Repeat("字", MostOuterAnswer), "lamp": "7"}, ""},
		"too long":    {map[string]string{"object": strings.Repeat("字", MostOuterAnswer+1), "lamp": "7"}, "o0 form.toolong"},
	} {
		got := ""
		if p := problem.As(CheckOuter(asked, tc.answers)); p != nil {
			for field, text := range p.Fields {
				got += field + " " + text.Key
			}
		}
		if got != tc.fields {
			t.Errorf("%s: %q, want %q", name, got, tc.fields)
		}
	}
}
