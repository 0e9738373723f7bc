package store

import (
	"encoding/json"
	"slices"
	"strings"

	"juwu/models"
	"juwu/policy"
)

// What another system asks about a case. It is asked for when the connection is
// tried; what was answered here goes along, the rest is asked of the officer.

// mostServicesAsked bounds the questions of one try: a table of categories has
// some twenty.
const mostServicesAsked = 40

// ServicesInUse are the services of the other side that cases may go to.
// name is what a category is called.
func ServicesInUse(m *models.HandoverTarget, offered []models.HandoverService, name func(category string) string) []string {
	codes := []string{m.ServiceCode}
	for line := range strings.Lines(m.Mapping) {
		if _, service, ok := strings.Cut(line, "="); ok {
			codes = append(codes, strings.TrimSpace(service))
		}
	}
	for _, c := range policy.CaseCategories() {
		codes = append(codes, c.Code)
		if i := slices.IndexFunc(offered, func(s models.HandoverService) bool { return s.Name != "" && s.Name == name(c.Code) }); i >= 0 {
			codes = append(codes, offered[i].Code)
		}
	}
	var used []string
	for _, code := range codes {
		known := slices.ContainsFunc(offered, func(s models.HandoverService) bool { return s.Code == code })
		if known && !slices.Contains(used, code) && len(used) < mostServicesAsked {
			used = append(used, code)
		}
	}
	return used
}

// HandoverQuestions are what the target asks about a case of a category.
func HandoverQuestions(m *models.HandoverTarget, category, name string) []models.HandoverQuestion {
	all := map[string][]models.HandoverQuestion{}
	if len(m.Questions) == 0 || json.Unmarshal(m.Questions, &all) != nil {
		return nil
	}
	return all[ServiceOf(m, category, name)]
}

// Outer is what an officer says about a hand-over: what the case's category is
// called, and answers to the other side's questions by their codes.
type Outer struct {
	Category string
	Answers  map[string]string
}

// answerOuter keeps what goes along: the officer's answers before those that
// were given here.
func (k *kase) answerOuter(h *models.ComplaintHandover, to *models.HandoverTarget, o Outer) error {
	asked := HandoverQuestions(to, k.Category, o.Category)
	if len(asked) == 0 {
		return nil
	}
	body, err := k.tenant().caseBody(&k.Complaint)
	if err != nil {
		return err
	}
	all := policy.AnswerOuter(asked, body.Answers, nil)
	for _, q := range asked {
		if a, ok := o.Answers[q.Code]; ok {
			all[q.Code] = strings.TrimSpace(a)
		}
		if all[q.Code] == "" {
			delete(all, q.Code)
		}
	}
	if err := policy.CheckOuter(asked, all); err != nil {
		return err
	}
	b, err := json.Marshal(all)
	h.AnswersSeal = k.store.opt.Keys.Seal(sealHandoverAnswers, h.ID, string(b))
	return err
}

// outerAnswers opens them; nil where nothing was asked.
func (tx *Tx) outerAnswers(h models.ComplaintHandover) (answers map[string]string, err error) {
	if len(h.AnswersSeal) == 0 {
		return nil, nil
	}
	text, err := tx.store.opt.Keys.Open(sealHandoverAnswers, h.ID, h.AnswersSeal)
	if err != nil {
		return nil, err
	}
	return answers, json.Unmarshal([]byte(text), &answers)
}
