package store

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"io"

	"juwu/internal/paper"
	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/models"
)

// ownerMediation marks the signed papers of a mediation. Their bytes are sealed
// with a key of that mediation alone: when it is destroyed they are noise, also
// in old backups.
const ownerMediation = "mediation"

// AddMediationPapers keeps photos or a scan of the signed sheet. Refusals as
// AddFiles, and NotFound.
func (t *Tenant) AddMediationPapers(ctx context.Context, actor models.Actor, id models.ID, files []NewFile) error {
	v, err := t.Mediation(ctx, actor, id)
	if err != nil {
		return err
	}
	key, err := t.paperKey(&v.Mediation)
	if err != nil {
		return err
	}
	var rows []models.Attachment
	for _, f := range files {
		row, err := t.keepSealed(f, key)
		if err != nil {
			return err
		}
		rows = append(rows, *row)
	}
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := d.may("paper"); err != nil {
			return err
		}
		var there int64
		if err := d.Model(&models.Attachment{}).Where("owner_kind = ? AND owner_id = ? AND removed_at IS NULL", ownerMediation, id).Count(&there).Error; err != nil {
			return err
		}
		if len(rows) == 0 || int(there)+len(rows) > maxFiles {
			return fileProblem("attachment.many", problem.Args{"n": maxFiles})
		}
		if err := d.attach(Owner{ownerMediation, id}, rows); err != nil {
			return err
		}
		return d.step(told{action: "paper"})
	})
}

func (t *Tenant) paperKey(m *models.Mediation) (cipher.AEAD, error) {
	key, err := t.opt.Keys.Open(sealMediationKey, m.ID, m.PaperKeySeal)
	if err != nil {
		return nil, err
	}
	if key == "" {
		return nil, problem.New(problem.Conflict, "policy.state", nil)
	}
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// keepSealed makes a file safe, seals it and writes it to disk. Its name says
// nothing.
func (t *Tenant) keepSealed(f NewFile, key cipher.AEAD) (*models.Attachment, error) {
	row := models.Attachment{Name: "paper.jpg", MIME: mimeJPEG}
	data := f.Data
	if paper.Is(data) {
		p, err := paper.Check(data)
		if err != nil {
			return nil, namedFile(f.Name, err)
		}
		row.Name, row.MIME, row.Pages = "paper.pdf", mimePDF, p.Pages
	} else {
		p, err := photo.Clean(data)
		if err != nil {
			return nil, namedFile(f.Name, err)
		}
		data, row.Width, row.Height = p.JPEG, p.Width, p.Height
	}
	sealed := make([]byte, key.NonceSize(), key.NonceSize()+len(data)+key.Overhead())
	_, _ = rand.Read(sealed) // never fails since Go 1.24
	sealed = key.Seal(sealed, sealed, data, nil)
	var err error
	row.Size = int64(len(data))
	row.SHA256, err = t.PutFile(sealed)
	return &row, err
}

// MediationPaper is one paper and its content, for whom the mediation exists.
func (t *Tenant) MediationPaper(ctx context.Context, actor models.Actor, id, file models.ID) (*models.Attachment, []byte, error) {
	v, err := t.Mediation(ctx, actor, id)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range v.Papers {
		if a.ID != file {
			continue
		}
		content, err := t.openSealed(&v.Mediation, a)
		return &a, content, err
	}
	return nil, nil, problem.New(problem.NotFound, "page.notfound", nil)
}

func (t *Tenant) openSealed(m *models.Mediation, a models.Attachment) ([]byte, error) {
	key, err := t.paperKey(m)
	if err != nil {
		return nil, err
	}
	f, err := t.OpenFile(a.SHA256)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = io.Copy(&b, f)
	if err := errorsJoinClose(err, f); err != nil {
		return nil, err
	}
	if b.Len() < key.NonceSize() {
		return nil, errors.New("sealed file too short")
	}
	return key.Open(nil, b.Bytes()[:key.NonceSize()], b.Bytes()[key.NonceSize():], nil)
}
