package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/go-resty/resty/v2"

	"juwu/models"
)

// GeoReport speaks Open311 GeoReport v2 to another system
// (wiki.open311.org/GeoReport_v2): services, create, token, request.
type GeoReport struct {
	client            *resty.Client
	key, jurisdiction string
}

const geoLimit = 512 << 10 // of an answer: some cities offer hundreds of services

// NewGeoReport makes the client of an endpoint such as
// https://311.example.gov.cn/open311/v2.
func NewGeoReport(base, key, jurisdiction string, inside Inside) (*GeoReport, error) {
	base = strings.TrimRight(base, "/")
	c, err := clientBy(base, inside.dialer(base))
	if err != nil {
		return nil, fmt.Errorf("GeoReport: %w", err)
	}
	return &GeoReport{c.SetResponseBodyLimit(geoLimit), key, jurisdiction}, nil
}

func (g *GeoReport) values() url.Values {
	v := url.Values{}
	if g.jurisdiction != "" {
		v.Set("jurisdiction_id", g.jurisdiction)
	}
	return v
}

// get asks; api_key goes along, because some tell more to who filed.
func (g *GeoReport) get(ctx context.Context, path string, keyed bool) ([]byte, error) {
	v := g.values()
	if keyed {
		v.Set("api_key", g.key)
	}
	r, err := g.client.R().SetContext(ctx).SetQueryParamsFromValues(v).Get(path)
	if err := failed(ctx, r, err); err != nil {
		return nil, err
	}
	return r.Body(), nil
}

// Services that the other side offers.
func (g *GeoReport) Services(ctx context.Context) ([]models.HandoverService, error) {
	b, err := g.get(ctx, "/services.json", false)
	if err != nil {
		return nil, err
	}
	return parseServices(b)
}

// mostQuestions of a service: forms have no more.
const mostQuestions = 40

// Questions that the other side asks about cases of a service.
func (g *GeoReport) Questions(ctx context.Context, service string) ([]models.HandoverQuestion, error) {
	b, err := g.get(ctx, "/services/"+url.PathEscape(service)+".json", false)
	if err != nil {
		return nil, err
	}
	return parseQuestions(b)
}

// parseQuestions reads a service definition; what is only shown (variable
// false) is no question. Some systems put the definition into an array.
func parseQuestions(b []byte) ([]models.HandoverQuestion, error) {
	type value struct {
		Key  text `json:"key"`
		Name text `json:"name"`
	}
	type definition struct {
		Attributes []struct {
			Variable    *bool   `json:"variable"`
			Code        text    `json:"code"`
			Required    bool    `json:"required"`
			Description text    `json:"description"`
			Values      []value `json:"values"`
		} `json:"attributes"`
	}
	var d definition
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '[' {
		var list []definition
		if err := json.Unmarshal(b, &list); err != nil || len(list) == 0 {
			return nil, nonsense()
		}
		d = list[0]
	} else if err := json.Unmarshal(b, &d); err != nil {
		return nil, nonsense()
	}
	var out []models.HandoverQuestion
	for _, a := range d.Attributes {
		if a.Variable != nil && !*a.Variable || a.Code == "" || len(a.Code) > 60 || len(out) == mostQuestions {
			continue
		}
		q := models.HandoverQuestion{Code: string(a.Code), Text: firstRunes(string(a.Description), 200), Needed: a.Required}
		for _, v := range a.Values {
			if v.Key != "" && len(v.Key) <= 100 && len(q.Choices) < 100 {
				q.Choices = append(q.Choices, models.HandoverChoice{Key: string(v.Key), Name: firstRunes(string(v.Name), 100)})
			}
		}
		out = append(out, q)
	}
	return out, nil
}

// Filed is how a request was taken: with its id, or with a token for which the
// id comes later.
type Filed struct{ ID, Token string }

// Create files a case under a service. The specification knows no key for a
// request; systems that read Idempotency-Key do not take one twice.
func (g *GeoReport) Create(ctx context.Context, id, service string, c models.HandedCase) (Filed, error) {
	v := g.values()
	v.Set("api_key", g.key)
	v.Set("service_code", service)
	v.Set("description", firstRunes(c.Text, 4000))
	v.Set("address_string", c.Place)
	v.Set("account_id", c.Number)
	if c.Name != "" {
		v.Set("last_name", c.Name)
	}
	if c.Phone != "" {
		v.Set("phone", c.Phone)
	}
	if c.Outer != nil { // what it asks, by its own codes
		for code, answer := range c.Outer {
			v.Set("attribute["+code+"]", answer)
		}
	} else {
		for _, a := range c.Answers {
			v.Set("attribute["+a.Question+"]", a.Answer)
		}
	}
	r, err := g.client.R().SetContext(ctx).SetHeader("Idempotency-Key", id).SetFormDataFromValues(v).Post("/requests.json")
	if err := failed(ctx, r, err); err != nil {
		return Filed{}, err
	}
	list, err := parseRequests(r.Body())
	if err != nil {
		return Filed{}, err
	}
	f := Filed{string(list[0].ID), string(list[0].Token)}
	if f.ID == "" && f.Token == "" {
		return f, &Failure{Class: Broken, Err: fmt.Errorf("neither id nor token")}
	}
	return f, nil
}

// Token asks for the id of a token; "" while there is none.
func (g *GeoReport) Token(ctx context.Context, token string) (string, error) {
	b, err := g.get(ctx, "/tokens/"+url.PathEscape(token)+".json", true)
	if err != nil {
		return "", err
	}
	list, err := parseRequests(b)
	if err != nil {
		return "", err
	}
	return string(list[0].ID), nil
}

// Request asks how a request stands.
func (g *GeoReport) Request(ctx context.Context, id string) (models.OuterState, error) {
	b, err := g.get(ctx, "/requests/"+url.PathEscape(id)+".json", true)
	if err != nil {
		return models.OuterState{}, err
	}
	list, err := parseRequests(b)
	if err != nil {
		return models.OuterState{}, err
	}
	one := list[0]
	if one.ID != "" && string(one.ID) != id {
		return models.OuterState{}, &Failure{Class: Broken, Err: fmt.Errorf("another request")}
	}
	return models.OuterState{Number: id, State: string(one.Status), Note: string(one.Notes), Done: strings.EqualFold(string(one.Status), "closed")}, nil
}

// Close gives the connections back.
func (g *GeoReport) Close() { g.client.GetClient().CloseIdleConnections() }

type geoRequest struct {
	ID     text `json:"service_request_id"`
	Token  text `json:"token"`
	Status text `json:"status"`
	Notes  text `json:"status_notes"`
}

// parseRequests reads an array with at least one request; some systems wrap it
// in an object.
func parseRequests(b []byte) ([]geoRequest, error) {
	var list []geoRequest
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '{' {
		var wrapped struct {
			Requests []geoRequest `json:"service_requests"`
		}
		if err := json.Unmarshal(b, &wrapped); err != nil {
			return nil, nonsense()
		}
		list = wrapped.Requests
	} else if err := json.Unmarshal(b, &list); err != nil {
		return nil, nonsense()
	}
	if len(list) == 0 {
		return nil, nonsense()
	}
	return list, nil
}

// nonsense says nothing of what came: it may name people.
func nonsense() error { return &Failure{Class: Broken, Err: fmt.Errorf("no answer of GeoReport v2")} }

func parseServices(b []byte) ([]models.HandoverService, error) {
	type service struct {
		Code text `json:"service_code"`
		Name text `json:"service_name"`
	}
	var list []service
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '{' {
		var wrapped struct {
			Services []service `json:"services"`
		}
		if err := json.Unmarshal(b, &wrapped); err != nil {
			return nil, nonsense()
		}
		list = wrapped.Services
	} else if err := json.Unmarshal(b, &list); err != nil {
		return nil, nonsense()
	}
	var out []models.HandoverService
	for _, s := range list {
		if s.Code != "" && len(s.Code) <= 60 {
			out = append(out, models.HandoverService{Code: string(s.Code), Name: firstRunes(string(s.Name), 60)})
		}
	}
	if len(out) == 0 {
		return nil, nonsense()
	}
	return out, nil
}
