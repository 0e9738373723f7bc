package main

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"

	"juwu/internal/web"
)

// upload sends a file through a form of a page and wants an answer.
func (r *reader) upload(want int, page, act, field, name string, data []byte) {
	r.s.t.Helper()
	r.sees(page)
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	r.s.must(w.WriteField(web.CSRFField, r.token))
	part, err := w.CreateFormFile(field, name)
	r.s.must(err)
	_, err = part.Write(data)
	r.s.must(err)
	r.s.must(w.Close())
	req := httptest.NewRequest(http.MethodPost, act, &b)
	req.Host = "127.0.0.1:8080"
	req.Header.Set("Origin", "http://127.0.0.1:8080")
	req.Header.Set("Content-Type", w.FormDataContentType())
	for k, v := range r.cookies {
		req.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	res, err := r.s.edge.App.Test(req, -1)
	r.s.must(err)
	body, err := io.ReadAll(res.Body)
	r.s.must(err)
	if res.StatusCode != want {
		r.s.t.Fatalf("%s sends %s to %s: %d, want %d: %.600s", r.who, name, act, res.StatusCode, want, body)
	}
}

// portraits: the two who stand for director show their faces and plans on their
// telephones; nobody else may in their place, and no picture is no portrait.
func (s *story) portraits() {
	var b bytes.Buffer
	s.must(png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 400, 500))))
	me := s.public + "/me"
	s.resident(12).upload(http.StatusUnprocessableEntity, me, me+"/photo", "files", "a.jpg", []byte("<svg onload=alert(1)>"))
	s.resident(missing).upload(http.StatusForbidden, me, me+"/photo", "files", "a.png", b.Bytes())
	for _, n := range []int{12, 13} {
		s.resident(n).upload(http.StatusSeeOther, me, me+"/photo", "files", "a.png", b.Bytes())
	}
	s.resident(12).does(me, me+"/plan", "plan", "第一年把电梯装好")
	s.resident(missing).send(http.StatusForbidden, me, me+"/plan", "plan", "我也想说")
	s.as("nobody").sees(s.public, s.adults[12].Name)
	faces := s.as("nobody").all(`cell__face" src="([^"]+)"`)
	if len(faces) != 2 {
		s.t.Fatalf("%d faces on the list, want those of the two whose post is complete", len(faces))
	}
	picture := s.as("nobody").sees(faces[0])
	if !strings.HasPrefix(picture.body, "\xff\xd8") || strings.Contains(picture.body, "Exif") {
		s.t.Error("the portrait was not written anew")
	}
	for _, id := range s.as("nobody").sees(s.public).all(`/candidates/(\d+)"`) {
		s.as("nobody").sees(s.public + "/candidates/" + id)
		if strings.Contains(s.as("nobody").body, s.adults[12].Name) {
			s.as("nobody").sees(s.public+"/candidates/"+id, "第一年把电梯装好")
		}
	}
}
