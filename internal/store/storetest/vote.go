package storetest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"

	"juwu/ballot"
	"juwu/internal/store"
	"juwu/models"
)

// Device is a trustee's own device: it alone knows the letters on the paper.
type Device struct {
	Actor models.Actor
	Seed  string
}

// NewDevices gives each trustee a device.
func NewDevices(trustees ...models.Actor) ([]*Device, error) {
	var out []*Device
	for _, a := range trustees {
		seed, err := ballot.NewChannelSeed(rand.Reader)
		if err != nil {
			return nil, err
		}
		out = append(out, &Device{a, seed})
	}
	return out, nil
}

// Act does whatever this trustee's next step is, as the page would, and returns
// the step.
func (d *Device) Act(ctx context.Context, t *store.Tenant, board models.ID) (store.TrusteeStep, error) {
	desk, err := t.TrusteeDesk(ctx, d.Actor, board)
	if err != nil {
		return "", err
	}
	message, evidence, err := d.Make(desk)
	if err != nil || message == nil {
		return desk.Step, err
	}
	return desk.Step, t.TrusteeSubmit(ctx, d.Actor, board, desk.Step, message, evidence)
}

// Make makes the message of a step; nil when there is nothing to do.
func (d *Device) Make(desk *store.TrusteeDesk) (message, evidence []byte, err error) {
	c, err := ballot.OpenChannel(d.Seed)
	if err != nil {
		return nil, nil, err
	}
	certs, err := certsOf(desk)
	if err != nil {
		return nil, nil, err
	}
	switch desk.Step {
	case store.TrusteeCert:
		m, err := c.Cert(desk.Board.Size, desk.Board.Threshold, desk.Seat, rand.Reader)
		return m.Bytes(), nil, err
	case store.TrusteePoly:
		p, err := c.MakePolynomial(certs, rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		return p.Bytes(), nil, nil
	case store.TrusteeFinish:
		in, err := ballot.ParseCeremonyInput(desk.Input)
		if err != nil {
			return nil, nil, err
		}
		o, err := c.Finish(certs, in, rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		return o.Bytes(), nil, nil
	case store.TrusteeRehearsal, store.TrusteeDecrypt:
		return d.decrypt(c, desk)
	}
	return nil, nil, nil
}

func certsOf(desk *store.TrusteeDesk) (certs []ballot.SignedMessage, err error) {
	for _, raw := range desk.Certs {
		m, err := ballot.ParseSignedMessage(raw)
		if err != nil {
			return nil, err
		}
		certs = append(certs, m)
	}
	return certs, nil
}

func (d *Device) decrypt(c *ballot.Channel, desk *store.TrusteeDesk) (message, evidence []byte, err error) {
	secret, err := c.OpenDecryptionKey(desk.Private)
	if err != nil {
		return nil, nil, err
	}
	s, err := ballot.NewSetup([]byte(desk.Election), desk.Board.Trustees, anyone(secret))
	if err != nil {
		return nil, nil, err
	}
	tally, err := ballot.ParseEncryptedTally(desk.Tally)
	if err != nil {
		return nil, nil, err
	}
	share, err := s.Decrypt(tally, desk.Seat, secret, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	proof, err := s.ProveShare(tally, desk.Seat, secret, share, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	return share.Bytes(), proof.Bytes(), nil
}

// anyone is a list of credentials for a setup that is only decrypted with.
func anyone(secret ballot.Scalar) []byte {
	list := ballot.Credentials{List: []ballot.Credential{{Public: ballot.PublicCredential(secret), Weight: 1}}}
	return list.Bytes()
}

// Slips makes n private credentials for a vote and the public list.
func Slips(uuid string, n int) (private []string, public []byte, err error) {
	list := ballot.Credentials{}
	for range n {
		c, err := ballot.NewCredential(rand.Reader)
		if err != nil {
			return nil, nil, err
		}
		secret, err := ballot.DeriveCredential(uuid, c)
		if err != nil {
			return nil, nil, err
		}
		private = append(private, c)
		list.List = append(list.List, ballot.Credential{Public: ballot.PublicCredential(secret), Weight: 1})
	}
	list.Sort()
	return private, list.Bytes(), nil
}

// Encrypt makes a ballot as a voter's phone does.
func Encrypt(s *ballot.Setup, slip string, votes ballot.Votes) ([]byte, error) {
	secret, err := ballot.DeriveCredential(s.Election.UUID, slip)
	if err != nil {
		return nil, err
	}
	b, err := s.MakeBallot(secret, votes, rand.Reader)
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Vote is a vote that has been opened, with all that its people hold.
type Vote struct {
	Board   *models.BallotBoard
	Setup   *ballot.Setup
	Devices []*Device
	Slips   []string
}

// Office are the people who hold a vote.
type Office struct {
	Prepares, Registers, Opens models.Actor
	Trustees                   []models.Actor
	Phones                     []string // of the trustees' logins
	Shown                      int      // so many slips stand in the description in place of {slips}: an example only
}

// OpenVote takes a vote from the draft through ceremony, rehearsal and slips to
// the open board.
func OpenVote(ctx context.Context, t *store.Tenant, o Office, draft store.BallotDraft, slips int) (*Vote, error) {
	b, err := t.CreateBallot(ctx, o.Prepares, draft)
	if err != nil {
		return nil, err
	}
	private, public, err := Slips(b.UUID, slips)
	if err != nil {
		return nil, err
	}
	if o.Shown > 0 {
		draft.Description = strings.ReplaceAll(draft.Description, "{slips}", strings.Join(private[slips-o.Shown:], "  "))
		if err := t.EditBallot(ctx, o.Prepares, b.ID, draft); err != nil {
			return nil, err
		}
	}
	return OpenBoard(ctx, t, o, b.ID, private, public)
}

// MakeKeys takes a draft through ceremony and rehearsal; the slips are missing.
func MakeKeys(ctx context.Context, t *store.Tenant, o Office, board models.ID) ([]*Device, error) {
	for i := range o.Trustees {
		if err := t.NameTrustee(ctx, o.Prepares, board, i+1, o.Phones[i], store.TrusteeBodies[i%len(store.TrusteeBodies)]); err != nil {
			return nil, err
		}
	}
	if err := t.FixBallot(ctx, o.Prepares, board); err != nil {
		return nil, err
	}
	devices, err := NewDevices(o.Trustees...)
	if err != nil {
		return nil, err
	}
	for range 4 { // cert, polynomial, finish, rehearsal
		for _, d := range devices {
			if _, err := d.Act(ctx, t, board); err != nil {
				return nil, err
			}
		}
	}
	return devices, nil
}

// OpenBoard takes a draft through ceremony, rehearsal and slips to the open
// board.
func OpenBoard(ctx context.Context, t *store.Tenant, o Office, board models.ID, private []string, public []byte) (*Vote, error) {
	v := &Vote{Slips: private}
	var err error
	if v.Devices, err = MakeKeys(ctx, t, o, board); err != nil {
		return nil, err
	}
	if err := t.TakeCredentials(ctx, o.Registers, board, public); err != nil {
		return nil, err
	}
	if err := t.OpenBallot(ctx, o.Opens, board); err != nil {
		return nil, err
	}
	if v.Setup, err = t.BallotSetup(ctx, board); err != nil {
		return nil, err
	}
	v.Board, err = t.Ballot(ctx, board)
	return v, err
}

// ResultOf reads the counts of an announced vote.
func ResultOf(b *models.BallotBoard) (r [][]int64) {
	_ = json.Unmarshal(b.Result, &r)
	return r
}
