package demo

import (
	"juwu/internal/store"
	"juwu/models"
)

// relatives are declared as officers have to: a relative by marriage of the director
// keeps a grid, which no rule forbids.
func (f *filling) relatives() error {
	worker, ok := f.who[models.RoleGridWorker]
	if !ok {
		return nil
	}
	_, err := f.In(f.c).DeclareKinship(f.ctx, f.who[models.RoleDirector], store.KinshipDraft{
		Kin: models.KinOther, Other: store.Named{Someone: models.Someone{UserID: worker.UserID}}})
	return err
}
