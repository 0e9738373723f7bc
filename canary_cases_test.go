package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"

	"juwu/internal/photo"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// The secrets of 民情快递 (domain.md E3): what was said in private, who said it,
// what the office notes for itself, and that there is a case about officials.

var cctx = context.Background()

// report is a case at the building of the first grid.
func (w *canaryWorld) report(who, text string, edit func(*store.Report)) *store.Filed {
	w.t.Helper()
	w.n++
	r := store.Report{Once: fmt.Sprintf("canary-once-%08d", w.n), Category: "other", Channel: models.ChannelWeb, Level: models.LevelNamed, Text: text,
		BuildingID: w.building, PinX: -1, PinY: -1}
	if edit != nil {
		edit(&r)
	}
	f, err := w.In(w.c).FileComplaint(cctx, w.people[who], r)
	w.must(err)
	w.guess("id", f.Case.ID.String())
	return f
}

// guess adds something to what a snooper tries.
func (w *canaryWorld) guess(parameter string, values ...string) {
	w.values[parameter] = append(w.values[parameter], values...)
}

func (w *canaryWorld) caseAct(who string, id models.ID, action string, a store.Act) {
	w.t.Helper()
	_, err := w.In(w.c).CaseAct(cctx, w.people[who], id, action, a)
	w.must(err)
}

var caseOffice = []string{"director", "vice", "worker"} // of an ordinary case at the first grid's building

func plantCases(w *canaryWorld) []canary {
	w.words = append(w.words, "暗号", "灯", "1", "2", "活动室")
	w.guess("act", "note", "answer", "dispatch", "merge", "reserve", "call_back", "redact", "reply", "rate", "escalate", "withdraw")
	w.guess("format", "csv", "xlsx")
	w.guess("category", "other", "conduct")
	w.guess("month", "2026-11")
	office := func(more ...string) []string { return append(more, caseOffice...) }

	open := w.report("reporter", "楼道灯不亮，请打13977770001", func(r *store.Report) { r.Photos = []store.NewFile{{Name: "o.jpg", Data: canaryPhoto(99)}} })
	original := w.picture("director", open.Case.ID)
	seen, err := w.In(w.c).OfficeCase(cctx, w.people["director"], open.Case.ID)
	w.must(err)
	w.must(w.In(w.c).BlackOutCaseFile(cctx, w.people["director"], open.Case.ID, seen.Steps[0].Files[0].ID, []photo.Box{{W: 500, H: 500}}))
	w.caseAct("director", open.Case.ID, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: w.people["handler"].UserID}})
	w.caseAct("handler", open.Case.ID, "accept", store.Act{})
	w.caseAct("handler", open.Case.ID, "note", store.Act{Text: "内部暗号乙乙乙"})
	w.caseAct("handler", open.Case.ID, "answer", store.Act{Text: "换好了，师傅电话13977770002"})
	private := w.report("reporter", "家里的暗号丙丙丙", func(r *store.Report) {
		r.Private, r.Photos = true, []store.NewFile{{Name: "p.jpg", Data: canaryPhoto(1)}}
	})
	w.report("hidden", "保密的暗号丁丁丁", func(r *store.Report) { r.Level = models.LevelConfidential })
	w.anonymous = w.report("nameless", "不留名的暗号戊戊戊", func(r *store.Report) { r.Level = models.LevelAnonymous }).Code
	w.report("handler", "窗口来的暗号己己己", func(r *store.Report) {
		r.ByOfficer, r.Channel, r.Level, r.Name, r.Phone = true, models.ChannelDesk, models.LevelAnonymous, "隐名庚庚庚", "13977770003"
	})
	w.report("handler", "电话来的暗号辛辛辛", func(r *store.Report) {
		r.ByOfficer, r.Channel, r.Level, r.Name, r.Phone = true, models.ChannelPhone, models.LevelConfidential, "某人壬壬壬", "13977770004"
	})
	turned := w.report("reporter", "后来转密的暗号癸癸癸", nil)
	w.caseAct("director", turned.Case.ID, "triage", store.Act{Triage: &store.Triage{Category: "other", Kind: models.KindComplaint}})
	w.caseAct("director", turned.Case.ID, "reserve", store.Act{Text: "与居委会有关", About: models.AboutCommittee, Concerned: []models.ID{w.people["member"].UserID}})

	return []canary{
		{what: "the telephone in a public report", text: "13977770001", who: office("reporter", "handler")},
		{what: "the original of a picture that was blacked out", text: original, who: office("reporter", "handler")},
		{what: "a note of the office", text: "内部暗号乙乙乙", who: office("handler")},
		{what: "the telephone in a public answer", text: "13977770002", who: office("reporter", "handler")},
		{what: "a private report", text: "暗号丙丙丙", who: office("reporter")},
		{what: "a picture of a private report", text: w.picture("director", private.Case.ID), who: office("reporter")},
		{what: "a confidential report", text: "暗号丁丁丁", who: office("hidden")},
		{what: "who reported in confidence", text: "官hidden", who: []string{"hidden", "worker"}},
		{what: "the telephone of who reported in confidence", text: w.phones["hidden"], also: []string{"hidden"}},
		{what: "an anonymous report", text: "暗号戊戊戊", who: office("code")},
		{what: "who reported anonymously", text: "官nameless", who: []string{"nameless"}},
		{what: "a tracking code", text: w.anonymous},
		{what: "an anonymous report at the desk", text: "暗号己己己", who: office()},
		{what: "whom the desk served anonymously", text: "隐名庚庚庚"},
		{what: "the telephone of whom the desk served anonymously", text: "13977770003"},
		{what: "whom the desk served in confidence", text: "某人壬壬壬", who: []string{"handler"}},
		{what: "the telephone of whom the desk served in confidence", text: "13977770004"},
		{what: "a case that turned out to be about the committee", text: "暗号癸癸癸", who: []string{"reporter", "supervisor", "street"}},
		{what: "that a case turned out to be about the committee", text: turned.Case.ID.String(), who: []string{"reporter", "supervisor", "street"}, id: true},
	}
}

// plantVisits notes what was said at a door.
func plantVisits(w *canaryWorld) []canary {
	w.t.Helper()
	var home models.ID
	w.must(w.In(w.c).Write(cctx, storetest.System, func(tx *store.Tx) error {
		var b models.Building
		if err := tx.Where("id = ?", w.building).Take(&b).Error; err != nil {
			return err
		}
		h := models.Household{Tenant: models.Tenant{ID: tx.NewID()}, BuildingID: b.ID, Unit: "1", Room: "101", Number: "1"}
		r := models.Resident{Tenant: models.Tenant{ID: tx.NewID()}, HouseholdID: h.ID, BuildingID: b.ID, GridID: b.GridID, Name: "门内人", State: models.ResidentActive, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		home = h.ID
		if err := tx.Create(&h).Error; err != nil {
			return err
		}
		return tx.Create(&r).Error
	}))
	w.guess("id", home.String())
	_, err := w.In(w.c).NoteVisit(cctx, w.people["worker"], store.VisitDraft{HouseholdID: home, Day: models.DateOf(w.Now()), Manner: models.VisitHome, Note: "门里的暗号巳巳巳"})
	w.must(err)
	return []canary{{what: "what was said at a door", text: "暗号巳巳巳", who: []string{"worker", "director", "vice", "member", "handler"}}}
}

// plantCasesAboutOfficials files past those whom the cases are about.
func plantCasesAboutOfficials(w *canaryWorld) []canary {
	about := func(a models.ComplaintAbout, text string, concerned ...models.ID) *store.Filed {
		return w.report("reporter", text, func(r *store.Report) {
			r.Category, r.About, r.Concerned, r.Photos = "conduct", a, concerned, []store.NewFile{{Name: "c.jpg", Data: canaryPhoto(w.n)}}
		})
	}
	supervisors := about(models.AboutSupervisor, "监委会的暗号子子子")
	street := about(models.AboutStreet, "街道的暗号丑丑丑")
	committee := about(models.AboutCommittee, "主任把活动室租给亲戚的暗号寅寅寅", w.people["director"].UserID)
	id := committee.Case.ID
	w.caseAct("supervisor", id, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeSupervisor}})
	w.caseAct("supervisor", id, "accept", store.Act{})
	w.caseAct("supervisor", id, "note", store.Act{Text: "监委内部暗号卯卯卯"})
	w.caseAct("supervisor", id, "answer", store.Act{Text: "已经收回，暗号辰辰辰"})
	know := []string{"reporter", "supervisor", "street"}
	return []canary{
		{what: "a case about the committee", text: "暗号寅寅寅", who: know},
		{what: "the number of a case about the committee", text: committee.Case.Number, who: know},
		{what: "that there is a case about the committee", text: id.String(), who: know, id: true},
		{what: "a picture of a case about the committee", text: w.picture("supervisor", id), who: know},
		{what: "a note of the supervision committee", text: "暗号卯卯卯", who: []string{"supervisor", "street"}},
		{what: "an answer about the committee", text: "暗号辰辰辰", who: know},
		{what: "a case about the supervision committee", text: "暗号子子子", who: []string{"reporter", "street"}},
		{what: "that there is a case about the supervision committee", text: supervisors.Case.ID.String(), who: []string{"reporter", "street"}, id: true},
		{what: "a case about the street", text: "暗号丑丑丑", who: []string{"reporter", "supervisor"}},
		{what: "that there is a case about the street", text: street.Case.ID.String(), who: []string{"reporter", "supervisor"}, id: true},
	}
}

// picture is the first picture of a case, as it is stored.
func (w *canaryWorld) picture(who string, id models.ID) string {
	w.t.Helper()
	t := w.In(w.c)
	v, err := t.OfficeCase(cctx, w.people[who], id)
	w.must(err)
	a := v.Steps[0].Files[0]
	w.guess("file", a.ID.String())
	f, err := t.Content(&a)
	w.must(err)
	b, err := io.ReadAll(f)
	w.must(err)
	w.must(f.Close())
	return string(b)
}

func canaryPhoto(n int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 24, 18))
	for i := range 24 * 18 {
		m.Set(i%24, i/24, color.RGBA{uint8(i * n), uint8(n * 37), uint8(i), 255})
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, m, nil)
	return b.Bytes()
}

var formToken = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// codeCookie is a browser that has typed the code of the anonymous report.
func (w *canaryWorld) codeCookie() string {
	w.t.Helper()
	path, jar := "/"+w.c.Code+"/complaints/code", map[string]string{}
	send := func(req *http.Request) string {
		req.Host = "127.0.0.1:8080"
		for name, value := range jar {
			req.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		res, err := w.edge.App.Test(req, -1)
		w.must(err)
		for _, c := range res.Cookies() {
			jar[c.Name] = c.Value
		}
		b, err := io.ReadAll(res.Body)
		w.must(err)
		return string(b)
	}
	m := formToken.FindStringSubmatch(send(httptest.NewRequest(http.MethodGet, path, nil)))
	if m == nil {
		w.t.Fatal("no form for the code")
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(url.Values{"csrf": {m[1]}, "code": {w.anonymous}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	send(req)
	var pairs []string
	for name, value := range jar {
		pairs = append(pairs, name+"="+value)
	}
	return strings.Join(pairs, "; ")
}
