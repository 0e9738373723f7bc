package store_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func printed(t testing.TB) store.NewFile {
	t.Helper()
	b, err := os.ReadFile("../paper/testdata/printed.pdf")
	must(t, err)
	return store.NewFile{Name: `C:\fake\会议材料.docx`, Data: b}
}

// A notice with a PDF: kept as it came, told by its bytes, shown once the
// notice is out and gone with it.
func TestNoticeWithDocument(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		n, err := d.in().CreateNotice(ctx, d.member, store.NoticeDraft{Kind: models.NoticeAffairs, Title: "Papers", Body: "See the file."})
		must(t, err)
		owner := store.Owner{Kind: "notice", ID: n.ID}
		script := printed(t)
		script.Data = append(bytes.Clone(script.Data), "\n99 0 obj << /S /JavaScript >> endobj startxref 0 %%EOF"...)
		_, err = d.in().AddFiles(ctx, d.member, owner, []store.NewFile{script})
		if pr := problem.As(err); pr == nil || pr.Fields["files"].Key != "paper.active" || pr.Fields["files"].Args["name"] != script.Name {
			t.Fatalf("a script: %v", err)
		}
		rows, err := d.in().AddFiles(ctx, d.member, owner, []store.NewFile{printed(t), picture(t)})
		must(t, err)
		if f := rows[0]; f.MIME != "application/pdf" || f.Pages != 2 || !strings.HasSuffix(f.Name, "会议材料.pdf") || !f.Public || f.Picture() {
			t.Errorf("%+v", f)
		}
		day := models.DateOf(db.Now())
		if _, err := d.in().PublicFile(ctx, rows[0].ID, day); !problem.Is(err, problem.NotFound) {
			t.Errorf("a draft's file is public: %v", err)
		}
		_, err = d.in().BlackOut(ctx, d.member, rows[0].ID, []photo.Box{{X: 1, Y: 1, W: 5, H: 5}})
		refused(t, err, problem.Invalid, "paper.blackout")
		n, err = d.in().SubmitNotice(ctx, d.member, n.ID)
		must(t, err)
		_, err = d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		must(t, err)
		a, err := d.in().PublicFile(ctx, rows[0].ID, day)
		must(t, err)
		body, err := d.in().Content(a)
		must(t, err)
		got, err := io.ReadAll(body)
		must(t, err)
		must(t, body.Close())
		if !bytes.Equal(got, printed(t).Data) {
			t.Error("the document is not what was handed in")
		}
		if found := d.verify(); len(found) > 0 {
			t.Error(found)
		}
	})
}

// The face beside a post: by the holder or by whoever keeps the page, square,
// shown while the post is held.
func TestFaceOfAPost(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		post := d.member.Appointments[0].ID
		set := func(a models.Actor) error { f := picture(t); return d.in().SetPostPhoto(ctx, a, post, &f) }
		for name, a := range map[string]models.Actor{"a colleague": d.clerk, "the supervision": d.supervisor} {
			if err := set(a); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		refused(t, set(models.Actor{}), problem.Unauthorized, "policy.login")
		far := newDeskIn(t, db, db.Community(t, "far"))
		f := picture(t)
		if err := far.in().SetPostPhoto(ctx, far.director, post, &f); !problem.Is(err, problem.NotFound) {
			t.Errorf("from another community: %v", err)
		}
		no := store.NewFile{Name: "a.jpg", Data: []byte("<svg/>")}
		if err := d.in().SetPostPhoto(ctx, d.member, post, &no); !problem.Is(err, problem.Invalid) {
			t.Errorf("no picture: %v", err)
		}
		must(t, set(d.member))
		face := func() *models.Attachment {
			home, err := d.in().Home(ctx, models.DateOf(db.Now()))
			must(t, err)
			for _, p := range home.Posts {
				if p.ID == post && p.PhotoID != 0 {
					a, err := d.in().PublicFile(ctx, p.PhotoID, models.DateOf(db.Now()))
					must(t, err)
					return a
				}
			}
			return nil
		}
		first := face()
		if first == nil || first.Width != first.Height || first.Width == 0 || first.Width > 320 {
			t.Fatalf("%+v", first)
		}
		must(t, set(d.director))
		if second := face(); second == nil || second.ID == first.ID {
			t.Errorf("%+v", second)
		}
		if _, err := d.in().PublicFile(ctx, first.ID, models.DateOf(db.Now())); !problem.Is(err, problem.NotFound) {
			t.Errorf("the face before is still shown: %v", err)
		}
		second := face()
		must(t, db.EndAppointment(ctx, d.street, post))
		if _, err := d.in().PublicFile(ctx, second.ID, models.DateOf(db.Now()).AddDays(1)); !problem.Is(err, problem.NotFound) {
			t.Errorf("a face without a post: %v", err)
		}
		if err := set(d.member); !problem.Is(err, problem.NotFound) {
			t.Errorf("of an ended post: %v", err)
		}
	})
}

// The grid worker's face stands beside the grid.
func TestFaceOfTheGridWorker(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newRollWorld(t, db)
	worker := w.gridWorker(t)
	posts, err := db.AppointmentsIn(ctx, w.c.ID, models.DateOf(db.Now()))
	must(t, err)
	for _, a := range posts {
		if a.UserID == worker.UserID {
			f := picture(t)
			must(t, w.t.SetPostPhoto(ctx, worker, a.ID, &f))
			home, err := w.t.Home(ctx, models.DateOf(db.Now()))
			must(t, err)
			if fmt.Sprint(home.Faces[a.GridID]) == "0" || len(home.Faces) != 1 {
				t.Errorf("%+v", home.Faces)
			}
			must(t, w.t.SetPostPhoto(ctx, worker, a.ID, nil))
			home, err = w.t.Home(ctx, models.DateOf(db.Now()))
			must(t, err)
			if len(home.Faces) != 0 {
				t.Errorf("taken off: %+v", home.Faces)
			}
			return
		}
	}
	t.Fatal("no grid worker")
}

// The clerk and the station write notices too, but not in somebody else's
// draft; a member of the committee may put a colleague's right.
func TestAnothersDraftIsNotTheClerksToChange(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newDesk(t, db)
	n, err := d.in().CreateNotice(ctx, d.member, store.NoticeDraft{Kind: models.NoticeAffairs, Title: "Papers", Body: "See the file."})
	must(t, err)
	_, err = d.in().AddFiles(ctx, d.clerk, store.Owner{Kind: "notice", ID: n.ID}, []store.NewFile{picture(t)})
	refused(t, err, problem.Forbidden, "policy.forbidden")
	_, err = d.in().SubmitNotice(ctx, d.clerk, n.ID)
	refused(t, err, problem.Forbidden, "policy.forbidden")
	_, err = d.in().SubmitNotice(ctx, d.director, n.ID)
	must(t, err)
}
