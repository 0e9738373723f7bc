package portal

import (
	"testing"

	"juwu/models"
)

// A relative who lives elsewhere is signed up with their name and number, in
// one act; they see it with their own login and may leave.
func TestRelativeWhoLivesElsewhere(t *testing.T) {
	g := newGathering(t)
	_, path := g.call(t, g.draft(models.MeetingHearing, seatsOf(models.PartListener, models.PoolOpen, 2)))
	daughter, mother := g.family(t)
	aunt := g.neighbour(t, 5)
	daughter.see(path+"/join").want(200, "lives elsewhere", mother.Name)
	daughter.see(path+"/join?other=1").want(200, "Your relative").lacks(mother.Name)
	daughter.post(path+"/join?other=1", "part", "listener", "phone", "12").want(422, "name")
	daughter.post(path+"/join?other=1", "part", "listener", "name", "Gao Guifang", "phone", "12").want(422, "phone number is not right", "Gao Guifang")
	daughter.post(path+"/join?other=1", "part", "listener", "name", "Gao Guifang", "phone", "13600000005").want(200, "Gao Guifang")
	aunt.see("/me/inbox").want(200, "A relative signed you up")
	aunt.see(path+"/mine").want(200, "Gao Guifang")
	g.neighbour(t, 6).see(path + "/mine").lacks("Gao Guifang")
	aunt.post(aunt.mine("leave")).want(200)
	daughter.see(path + "/mine").lacks("You have a seat")
}
