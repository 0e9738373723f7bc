package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"juwu/internal/store"
	"juwu/models"
	"juwu/policy"
)

// The commands that found an installation. Whoever runs the machine may make
// the regions and appoint the district's officers; the district appoints the
// street and the street the committee, in the office.

var founder = models.Actor{System: true, Name: "command line"}

func (p *program) community(ctx context.Context, args []string) error {
	var cfg Config
	fs := cfg.flags("community", p.stderr)
	name := fs.String("name", "", "name of the community")
	street := fs.String("street", "", "name of its street; made if it is new")
	district := fs.String("district", "", "name of its district; made if it is new")
	words, err := p.parse(fs, &cfg, args)
	if err != nil {
		return err
	}
	create := len(words) == 2 && words[0] == "create" && *name != "" && *street != "" && *district != ""
	rename := len(words) == 2 && words[0] == "rename" && (*name != "" || *street != "" || *district != "")
	if !create && !rename {
		return errors.New("say: juwu community create CODE --name NAME --street NAME --district NAME, or rename CODE with the names that change")
	}
	s, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	if rename {
		return errors.Join(renameCommunity(ctx, s, words[1], *name, *street, *district), s.Close())
	}
	return errors.Join(createCommunity(ctx, s, words[1], *name, *street, *district), s.Close())
}

// renameCommunity gives a community, its street or its district another name.
func renameCommunity(ctx context.Context, s *store.Store, code, name, street, district string) error {
	c, err := s.CommunityByCode(ctx, code)
	if err != nil {
		return fmt.Errorf("no community has the code %s", code)
	}
	if name != "" {
		err = s.In(c).Rename(ctx, founder, name)
	}
	for id, name := range map[models.ID]string{c.StreetID: street, c.DistrictID: district} {
		if err == nil && name != "" {
			err = s.RenameRegion(ctx, founder, id, name)
		}
	}
	return err
}

func createCommunity(ctx context.Context, s *store.Store, code, name, street, district string) error {
	above, err := regionNamed(ctx, s, models.Region{Level: models.LevelDistrict, Name: district})
	if err != nil {
		return err
	}
	parent, err := regionNamed(ctx, s, models.Region{Level: models.LevelStreet, ParentID: above, Name: street})
	if err != nil {
		return err
	}
	_, err = s.CreateCommunity(ctx, founder, models.Community{
		Code: code, Name: name, StreetID: parent, DistrictID: above, StreetName: street,
		ClaimThresholdFen: 2000_00, InquiryDays: policy.DefaultInquiryDays, DisplayDays: models.LeastDisplayDays,
	})
	return err
}

// regionNamed finds a region under its parent, or makes it.
func regionNamed(ctx context.Context, s *store.Store, r models.Region) (models.ID, error) {
	id, err := s.RegionNamed(ctx, r.ParentID, r.Level, r.Name)
	if err != nil || id != 0 {
		return id, err
	}
	return s.CreateRegion(ctx, founder, r)
}

func (p *program) admin(ctx context.Context, args []string) error {
	var cfg Config
	fs := cfg.flags("admin", p.stderr)
	phone := fs.String("phone", "", "mobile number: the login")
	name := fs.String("name", "", "name of the officer")
	role := fs.String("role", string(models.RoleDistrict), "district, admin, street or street_bookkeeper")
	region := fs.String("region", "", "name of the district or street")
	words, err := p.parse(fs, &cfg, args)
	if err != nil {
		return err
	}
	if len(words) != 1 || words[0] != "create" || *phone == "" || *name == "" || *region == "" {
		return errors.New("say: juwu admin create --phone NUMBER --name NAME --region NAME [--role ROLE]")
	}
	s, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	return errors.Join(appointFirst(ctx, s, p.stdout, *phone, *name, models.Role(*role), *region), s.Close())
}

// appointFirst appoints an officer of a district or a street and hands out the
// enrolment code of the second factor, which they need for the office.
func appointFirst(ctx context.Context, s *store.Store, out io.Writer, phone, name string, role models.Role, region string) error {
	number, err := policy.ReadPhone(phone)
	if err != nil {
		return fmt.Errorf("--phone %s: a mobile number has 11 digits", phone)
	}
	place, err := s.RegionByName(ctx, region)
	if err != nil {
		return fmt.Errorf("--region %s: %w; make it with `juwu community create`", region, err)
	}
	u, err := s.EnsureUser(ctx, founder, number, name)
	if err != nil {
		return err
	}
	_, err = s.Appoint(ctx, founder, models.Appointment{
		RegionID: place, UserID: u.ID, Role: role, From: models.DateOf(s.Now()), Decision: "founding, by the command line", Name: name,
	})
	if err != nil {
		return fmt.Errorf("%s cannot be appointed from the command line in %s: %w", role, region, err)
	}
	code, err := s.IssueFounderEnrolment(ctx, founder, u.ID)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is %s of %s. Enrolment code for the second factor, valid 72 hours, once: %s\n", name, role, region, code)
	return err
}
