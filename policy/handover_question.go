package policy

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"juwu/internal/problem"
	"juwu/models"
)

// MostOuterAnswer are the characters of an answer to another system's question.
const MostOuterAnswer = 400

// AnswerOuter answers the questions of another system from what was answered
// here: by the question's code, or by its words. words tells how a question or
// an answer of ours reads; nil takes them as they are.
func AnswerOuter(asked []models.HandoverQuestion, ours []models.ComplaintAnswer, words func(string) []string) map[string]string {
	out := map[string]string{}
	for _, q := range asked {
		for _, a := range ours {
			if !alike(q.Code, a.Question, words) && !alike(q.Text, a.Question, words) {
				continue
			}
			if answer, ok := choose(q, a.Answer, words); ok {
				out[q.Code] = answer
			}
		}
	}
	return out
}

// CheckOuter refuses answers that the other side would: field "o" and the number
// of the question.
func CheckOuter(asked []models.HandoverQuestion, answers map[string]string) error {
	var f problem.Form
	for i, q := range asked {
		a, field := strings.TrimSpace(answers[q.Code]), OuterField(i)
		switch {
		case a == "" && q.Needed:
			f.Add(field, "form.needed", nil)
		case utf8.RuneCountInString(a) > MostOuterAnswer:
			f.Add(field, "form.toolong", problem.Args{"n": utf8.RuneCountInString(a) - MostOuterAnswer, "limit": MostOuterAnswer})
		case a != "" && len(q.Choices) > 0 && !slices.ContainsFunc(q.Choices, func(c models.HandoverChoice) bool { return c.Key == a }):
			f.Add(field, "form.choose", nil)
		}
	}
	return f.Err()
}

// OuterField is the field of the form that answers the ith question.
func OuterField(i int) string { return "o" + strconv.Itoa(i) }

// alike tells whether a word of theirs is one of ours.
func alike(theirs, ours string, words func(string) []string) bool {
	same := func(s string) bool {
		return theirs != "" && strings.EqualFold(strings.TrimSpace(theirs), strings.TrimSpace(s))
	}
	return same(ours) || words != nil && slices.ContainsFunc(words(ours), same)
}

// choose finds an answer of ours among the choices of a question.
func choose(q models.HandoverQuestion, answer string, words func(string) []string) (string, bool) {
	if len(q.Choices) == 0 {
		if words != nil && len(words(answer)) > 0 {
			answer = words(answer)[0]
		}
		return answer, answer != ""
	}
	for _, c := range q.Choices {
		if alike(c.Key, answer, words) || alike(c.Name, answer, words) {
			return c.Key, true
		}
	}
	return "", false
}
