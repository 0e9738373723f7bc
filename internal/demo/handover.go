package demo

import (
	"errors"

	"juwu/internal/store"
	"juwu/models"
)

// handovers shows a case that is with the hotline, both numbers known.
func (f *filling) handovers() error {
	t, director := f.In(f.c), f.who[models.RoleDirector]
	hotline := models.HandoverTarget{Kind: models.HandoverFile, Name: "12345", WithNames: true}
	to, _, err := t.PutHandoverTarget(f.ctx, director, hotline, "")
	if err != nil {
		return err
	}
	open, _, err := t.Desk(f.ctx, director, store.DeskFilter{Show: store.ShowOpen})
	if err != nil {
		return err
	}
	if len(open) == 0 {
		return errors.New("no open case to hand over")
	}
	one := open[len(open)-1]
	if _, err := t.HandOver(f.ctx, director, one.ID, to, store.Outer{}); err != nil {
		return err
	}
	b, err := data.ReadFile("data/handover.csv")
	if err != nil {
		return err
	}
	from := store.Sender{Device: []byte("demo-handover-device-of-32-bytes")}
	draft, err := t.ReadAnswers(f.ctx, director, from, to, "12345.csv", append(b, []byte(one.Number+",20261127000123\r\n")...))
	if err != nil {
		return err
	}
	n, err := t.TakeAnswers(f.ctx, director, from, draft)
	if err == nil && n != 1 {
		err = errors.New("the answer was not taken")
	}
	return err
}
