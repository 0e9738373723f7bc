package portal

import (
	"strings"
	"testing"
)

// Who has no account asks for mediation with the telephone code of that moment:
// form, check, code, and the page that is theirs alone.
func TestMediationIsAskedForWithATelephoneCode(t *testing.T) {
	g := newGathering(t)
	const door = "/hemuli/mediation"
	v := g.visitor(t)
	v.see(door).want(200, "Mediation", "/mediation/new")
	v.see(door+"/check").want(200, "Ask for mediation") // nothing waits yet
	v.see(door+"/new").want(200).post(door+"/new", "category", "neighbour", "about", "Dripping water", "facts", "short", "wish", "A pipe, please", "other_name", "Wu Hai", "asker_name", "Zhou Ning").
		want(422, "Dripping water", "A pipe, please")
	v.post(door+"/new", "category", "quarrels", "about", "Dripping water", "facts", "The air conditioner drips on my sill", "wish", "A pipe, please", "other_name", "Wu Hai", "asker_name", "Zhou Ning").want(422)
	v.post(door+"/new", "category", "neighbour", "about", "Dripping water", "facts", "The air conditioner drips on my sill", "wish", "A pipe, please", "other_name", "Wu Hai", "other_phone", "13900000077", "asker_name", "Zhou Ning").
		want(200, "Check before sending", "The air conditioner drips", "Wu Hai", "voluntary and free")
	other := g.visitor(t)
	other.see(door+"/check").want(200, "Ask for mediation").lacks("Dripping", "Zhou Ning")
	v.see(door+"/new").want(200, "The air conditioner drips on my sill") // back to the form: nothing typed is lost
	v.see(door+"/check").post(door+"/check").want(200, "Mobile number")
	v.see("/other/confirm").lacks("Mobile number")
	v.see("/hemuli/confirm").post("/hemuli/confirm", "phone", phone).want(200, "Type the code")
	v.post("/hemuli/confirm/code", "code", "000000").want(422)
	if list := g.visitor(t).see(door); strings.Contains(list.body, "Dripping") {
		t.Error("the door tells")
	}
	v.post("/hemuli/confirm/code", "code", g.code(t, phone)).want(200, "We have your request", "Dripping water", "The air conditioner drips")
	own := v.path[:strings.Index(v.path, "?")]
	v.see("/me/private").want(200, own)
	v.see(door+"/check").want(200, "Ask for mediation") // sent is sent
	for _, who := range []*visitor{g.neighbour(t, 1), g.session(t, g.people["director"].UserID), g.session(t, g.people["committee_member"].UserID)} {
		who.see(own).want(404).lacks("Dripping")
		who.see("/me/private").want(200).lacks(own)
		who.see("/me").post(own + "/end/withdraw").want(404)
		who.see("/me").post(own+"/say", "text", "I say so too", "to", "all").want(404)
	}
	g.visitor(t).see(own).want(200, "Log in").lacks("Dripping")
	v.see(strings.Replace(own, "/hemuli/", "/other/", 1)).want(404)
	v.see(own+"/end/withdraw").want(200).post(own+"/end/withdraw").want(200, "Done")
	v.see("/me").post(own + "/end/withdraw").want(409)
	v.see(own+"/sheet/request").want(200, "Zhou Ning", "Wu Hai")
}
