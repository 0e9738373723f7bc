package store

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"juwu/models"
)

// Finding is something that `juwu verify` holds against the data.
type Finding struct {
	Check     string `json:"check"`
	Community string `json:"community"` // its code; "" for global matters
	What      string `json:"what"`      // names the row; for the operator, in English
}

// check looks at one community. found may be called any number of times; an
// error means that the check could not be carried out.
type check struct {
	name string
	run  func(t *Tenant, ctx context.Context, found func(what string)) error
}

// checks are the invariants of reliability.md section 3 that exist so far.
var checks = []check{
	{"audit chain", (*Tenant).checkAudit},
	{"files", (*Tenant).checkFiles},
	{"accounts", (*Tenant).checkAccounts},
	{"notices", (*Tenant).checkNotices},
	{"cases", (*Tenant).checkComplaints},
	{"visits", (*Tenant).checkVisits},
	{"hand-overs", (*Tenant).checkHandovers},
	{"decisions", (*Tenant).checkDecisions},
	{"assembly votes", (*Tenant).checkVotes},
	{"ballots", (*Tenant).checkBallots},
	{"hours", (*Tenant).checkHours},
	{"points", (*Tenant).checkPoints},
	{"shifts", (*Tenant).checkShifts},
	{"gauge", (*Tenant).checkGauge},
	{"certificates", (*Tenant).checkCertificates},
	{"elections", (*Tenant).checkElections},
	{"meetings", (*Tenant).checkMeetings},
	{"appraisals", (*Tenant).checkAppraisals},
	{"reviews", (*Tenant).checkReviews},
	{"private", (*Tenant).checkMediations},
}

// Verify walks every chain and every invariant and reports what does not hold.
func (s *Store) Verify(ctx context.Context, report func(Finding)) error {
	var problems []error
	if err := s.checkChain(s.everywhere(ctx), 0); errors.Is(err, errChain) {
		report(Finding{"audit chain", "", err.Error()})
	} else if err != nil {
		problems = append(problems, err)
	}
	for _, c := range s.Communities() {
		t := s.In(c)
		for _, k := range checks {
			err := k.run(t, ctx, func(what string) { report(Finding{k.name, c.Code, what}) })
			if err != nil {
				problems = append(problems, err)
			}
		}
	}
	return errors.Join(problems...)
}

func (t *Tenant) checkAudit(ctx context.Context, found func(string)) error {
	err := t.checkChain(t.everywhere(ctx), t.Community.ID)
	if errors.Is(err, errChain) {
		found(err.Error())
		return nil
	}
	return err
}

// checkFiles compares the attachment rows with the files: each row has its
// file with the right content, no file is without a row for long.
func (t *Tenant) checkFiles(ctx context.Context, found func(string)) error {
	known := map[string]bool{}
	var rows []models.Attachment
	if err := t.db(ctx).Select("community_id", "id", "sha256", "size").Where("removed_at IS NULL").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		known[hex.EncodeToString(r.SHA256)] = true
		if what := checkFile(filePath(t.opt.DataDir, t.Community.ID, r.SHA256), r.SHA256); what != "" {
			found("attachment " + r.ID.String() + ": " + what)
		}
	}
	var imports []models.Import
	if err := t.db(ctx).Select("community_id", "id", "sha256").Find(&imports).Error; err != nil {
		return err
	}
	for _, r := range imports {
		known[hex.EncodeToString(r.SHA256)] = true
	}
	root := filepath.Join(t.opt.DataDir, "files", t.Community.ID.String())
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := filepath.Base(filepath.Dir(path)) + filepath.Base(path)
		info, err := d.Info()
		if err == nil && !known[name] && t.Now().Sub(info.ModTime()) > orphanAge {
			found("file " + name + " belongs to no row")
		}
		return err
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
