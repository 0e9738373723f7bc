package portal

import (
	"context"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
)

// What a candidate does on the own page: plan, portrait, withdrawal.

var errNotStanding = problem.New(problem.Forbidden, "election.standing.none", nil)

func planSelf(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (string, error) {
	plan := f.OptionalArea("plan", 2000)
	if err := f.Err(); err != nil {
		return "", err
	}
	if v.Standing == nil {
		return "", errNotStanding
	}
	return "", t.SetCandidateProfile(ctx, v.Actor, v.E.ID, v.Standing.ID, plan)
}

func photoSelf(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (string, error) {
	if v.Standing == nil {
		return "", errNotStanding
	}
	if f.Has("remove") {
		return "", t.SetCandidatePhoto(ctx, v.Actor, v.E.ID, v.Standing.ID, nil)
	}
	uploads := f.Files("files", 1, 1, photo.MaxBytes)
	if err := f.Err(); err != nil {
		return "", err
	}
	data, err := uploads[0].Bytes()
	if err != nil {
		return "", err
	}
	return "", t.SetCandidatePhoto(ctx, v.Actor, v.E.ID, v.Standing.ID, &store.NewFile{Name: uploads[0].Name, Data: data})
}

func withdrawSelf(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (string, error) {
	if f.Raw("sure") == "" {
		f.Add("sure", "election.standing.sure", nil)
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	if v.Standing == nil {
		return "", errNotStanding
	}
	return "", t.WithdrawCandidate(ctx, v.Actor, v.E.ID, v.Standing.ID)
}
