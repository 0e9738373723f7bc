package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/web"
	"juwu/models"
	"juwu/policy"
)

// openHall makes this device a tablet of the polling place. The officer's own
// login ends on it: voters come next.
func (a *Admin) openHall(c *fiber.Ctx) error {
	v, err := a.ballotView(c)
	if err != nil {
		return err
	}
	token, until, err := a.Store.In(v.Community).OpenHall(web.Context(c), v.Actor, v.B.ID)
	if err == nil {
		err = a.Store.EndSession(web.Context(c), v.Actor, web.SessionHash(c))
	}
	if err != nil {
		return web.Again(c, err, ballotPage(v))
	}
	web.NextPerson(c)
	web.SetHall(c, token, until)
	return web.Redirect(c, v.URL("elections", v.B.ID.String(), "hall"))
}

// hallOpens tells whether this officer may make the device a tablet.
func (v *ballotView) hallOpens() bool {
	return v.May["prepare"] && v.B.Channel != models.ViaPaper && policy.MayOpenHall(*v.B, v.Now) == nil
}
