package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/models"
)

// answer asks one address as a person of the world.
func (w *canaryWorld) answer(who, method, path string, form url.Values) (int, string) {
	w.t.Helper()
	if w.cookies[who] == "" && who != "nobody" {
		opened, err := w.DemoSession(cctx, w.people[who].UserID, store.Device{Name: "test"})
		w.must(err)
		w.cookies[who] = "juwu=" + opened.Token
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req := httptest.NewRequest(method, path, body)
	req.Host = "127.0.0.1:8080"
	req.Header.Set("Origin", "http://127.0.0.1:8080")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Cookie", w.cookies[who])
	res, err := w.edge.App.Test(req, -1)
	w.must(err)
	b, err := io.ReadAll(res.Body)
	w.must(err)
	return res.StatusCode, string(b)
}

// closed: the whole office is shut for whoever has no post in it, whatever the
// address.
func closed(who, path string) bool {
	return (who == "stranger" || who == "admin") && strings.HasPrefix(path, "/admin")
}

var csrfToken = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// Every page of a mediation opens for those it is for, and every address of it,
// read or written, is one that never was for everybody else.
func TestMediationPagesAreThereForThreePeopleOnly(t *testing.T) {
	w := newCanaryWorld(t)
	plantMediation(w)
	id := w.values["id"][len(w.values["id"])-1]
	mid, _ := models.ParseID(id)
	party, office := "/hemuli/private/"+id, "/admin/hemuli/private/"+id
	file := "/papers/" + w.values["file"][len(w.values["file"])-1]
	w.must(w.In(w.c).CallSitting(cctx, w.people["mediator"], mid, store.SittingDraft{Begin: w.Now().Add(5 * 24 * time.Hour), End: w.Now().Add(5*24*time.Hour + time.Hour), Place: "调解室"}))
	sitting := "/sittings/" + w.mediationSeen("reporter", mid).Sittings[0].ID.String() + "/calendar.ics"
	read := map[string][]string{
		"reporter": {"/me/private", party, party + "/end/stop", party + "/sheet/request", party + "/sheet/agreement", party + file, party + sitting},
		"nameless": {"/me/private", party, party + "/sheet/agreement", party + file, party + sitting},
		"mediator": {"/admin/hemuli/private", office, office + "/end/fail", office + "/end/step_aside", office + "/agreement", office + "/sheet/request", office + "/sheet/agreement", office + file, "/admin/hemuli"},
		"nobody":   {"/hemuli/mediation", "/hemuli/mediation/new"},
		"member":   {"/admin/hemuli/private/new"},
		"street":   {"/admin/hemuli/mediation"},
	}
	for who, paths := range read {
		for _, path := range paths {
			if code, body := w.answer(who, http.MethodGet, path, nil); code != http.StatusOK {
				t.Errorf("%s at %s: %d %.300s", who, path, code, body)
			} else if strings.Contains(body, "mediation.") && strings.Contains(path, "private") && !strings.HasSuffix(path, "ics") {
				t.Errorf("%s at %s: words are missing", who, path)
			}
		}
	}
	if _, ics := w.answer("nameless", http.MethodGet, party+sitting, nil); strings.Contains(ics, "调解的") || strings.Contains(ics, "纠纷") || strings.Contains(ics, "/private/") || strings.Contains(ics, "甲方") {
		t.Errorf("the calendar tells: %s", ics)
	}
	for _, who := range []string{"stranger", "director", "vice", "member", "clerk", "supervisor", "station", "street", "district", "admin"} {
		_, page := w.answer(who, http.MethodGet, "/me", nil)
		token := csrfToken.FindStringSubmatch(page)
		if token == nil {
			t.Fatalf("%s has no form on /me", who)
		}
		form := url.Values{"csrf": {token[1]}, "answer": {"yes"}, "do": {"accept"}, "text": {"我也说一句话"}, "to": {"all"}, "version": {"1"}, "kind": {"note"}}
		for _, path := range []string{party, party + "/end/stop", party + "/sheet/agreement", party + file, party + sitting, office, office + "/agreement", office + "/sheet/request", office + file, office + "/end/fail"} {
			if code, _ := w.answer(who, http.MethodGet, path, nil); code != http.StatusNotFound && !closed(who, path) {
				t.Errorf("%s reads %s: %d", who, path, code)
			}
		}
		for _, path := range []string{party + "/consent", party + "/say", party + "/words", party + "/mediator", party + "/end/stop", office + "/do/write", office + "/do/invite", office + "/end/fail", office + "/agreement"} {
			if code, _ := w.answer(who, http.MethodPost, path, form); code != http.StatusNotFound && !closed(who, path) {
				t.Errorf("%s writes to %s: %d", who, path, code)
			}
		}
	}
	if v := w.mediationSeen("reporter", mid); v.State != models.MediationDrafted {
		t.Errorf("somebody else moved it to %s", v.State)
	}
}
