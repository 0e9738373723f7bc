package portal

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// What GeoReport v2 sends: the same values as XML and as JSON.

type geoService struct {
	XMLName     xml.Name `xml:"service" json:"-"`
	Code        string   `xml:"service_code" json:"service_code"`
	Name        string   `xml:"service_name" json:"service_name"`
	Description string   `xml:"description" json:"description"`
	Metadata    bool     `xml:"metadata" json:"metadata"`
	Type        string   `xml:"type" json:"type"`
	Keywords    string   `xml:"keywords" json:"keywords"`
	Group       string   `xml:"group" json:"group"`
}

type geoDefinition struct {
	XMLName    xml.Name       `xml:"service_definition" json:"-"`
	Code       string         `xml:"service_code" json:"service_code"`
	Attributes []geoAttribute `xml:"attributes>attribute" json:"attributes"`
}

type geoAttribute struct {
	Variable    bool       `xml:"variable" json:"variable"`
	Code        string     `xml:"code" json:"code"`
	Datatype    string     `xml:"datatype" json:"datatype"`
	Required    bool       `xml:"required" json:"required"`
	Hint        string     `xml:"datatype_description" json:"datatype_description"`
	Order       int        `xml:"order" json:"order"`
	Description string     `xml:"description" json:"description"`
	Values      []geoValue `xml:"values>value" json:"values,omitempty"`
}

type geoValue struct {
	Key  string `xml:"key" json:"key"`
	Name string `xml:"name" json:"name"`
}

// geoRequest is a case; of one that everybody may not read the texts are empty.
type geoRequest struct {
	XMLName     xml.Name `xml:"request" json:"-"`
	ID          string   `xml:"service_request_id" json:"service_request_id"`
	Status      string   `xml:"status" json:"status"`
	StatusNotes string   `xml:"status_notes" json:"status_notes"`
	Name        string   `xml:"service_name" json:"service_name"`
	Code        string   `xml:"service_code" json:"service_code"`
	Description string   `xml:"description" json:"description"`
	Agency      string   `xml:"agency_responsible" json:"agency_responsible"`
	Notice      string   `xml:"service_notice" json:"service_notice"`
	Requested   string   `xml:"requested_datetime" json:"requested_datetime"`
	Updated     string   `xml:"updated_datetime" json:"updated_datetime"`
	Expected    string   `xml:"expected_datetime" json:"expected_datetime"`
	Address     string   `xml:"address" json:"address"`
	AddressID   string   `xml:"address_id" json:"address_id"`
	Zip         string   `xml:"zipcode" json:"zipcode"`
	Lat         string   `xml:"lat" json:"lat"`
	Long        string   `xml:"long" json:"long"`
	Media       string   `xml:"media_url" json:"media_url"`
}

// geoReceipt is the answer to a request that was filed.
type geoReceipt struct {
	XMLName xml.Name `xml:"request" json:"-"`
	ID      string   `xml:"service_request_id" json:"service_request_id"`
	Token   string   `xml:"token,omitempty" json:"token,omitempty"`
	Notice  string   `xml:"service_notice" json:"service_notice"`
	Account string   `xml:"account_id" json:"account_id"`
}

type geoError struct {
	XMLName     xml.Name `xml:"error" json:"-"`
	Code        int      `xml:"code" json:"code"`
	Description string   `xml:"description" json:"description"`
}

type geoDiscovery struct {
	XMLName   xml.Name      `xml:"discovery" json:"-"`
	Changeset string        `xml:"changeset" json:"changeset"`
	Contact   string        `xml:"contact" json:"contact"`
	KeyPage   string        `xml:"key_service" json:"key_service"`
	Endpoints []geoEndpoint `xml:"endpoints>endpoint" json:"endpoints"`
}

type geoEndpoint struct {
	Specification string   `xml:"specification" json:"specification"`
	URL           string   `xml:"url" json:"url"`
	Changeset     string   `xml:"changeset" json:"changeset"`
	Type          string   `xml:"type" json:"type"`
	Formats       []string `xml:"formats>format" json:"formats"`
}

// geoList is an element with others of one kind in it; in JSON an array.
type geoList[T any] struct {
	XMLName xml.Name
	Items   []T
}

const (
	geoJSON = ".json"
	geoXML  = ".xml"
)

// formatOf splits "123.json" into its name and its format; XML is what the
// specification needs, so that is what a request without a known format gets.
func formatOf(file string) (name, format string) {
	if name, ok := strings.CutSuffix(file, geoJSON); ok {
		return name, geoJSON
	}
	if name, ok := strings.CutSuffix(file, geoXML); ok {
		return name, geoXML
	}
	return "", geoXML
}

// sendGeoList sends items below an element of the name.
func sendGeoList[T any](c *fiber.Ctx, format, element string, status int, items []T) error {
	if items == nil {
		items = []T{}
	}
	if format == geoJSON {
		return sendGeo(c, format, status, items)
	}
	return sendGeo(c, format, status, geoList[T]{xml.Name{Local: element}, items})
}

func sendGeo(c *fiber.Ctx, format string, status int, v any) error {
	b, kind, err := encodeGeo(format, v)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Robots-Tag", "noindex")
	return c.Status(status).Send(b)
}

// encodeGeo writes a value in a format, and names its content type.
func encodeGeo(format string, v any) (b []byte, kind string, err error) {
	if format == geoJSON {
		b, err = json.Marshal(v)
		return b, "application/json; charset=utf-8", err
	}
	b, err = xml.Marshal(v)
	return append([]byte(xml.Header), b...), "text/xml; charset=utf-8", err
}

// geoTime is a moment as the specification writes it (W3C note on ISO 8601).
func geoTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// readGeoTime reads such a moment; "" is the zero time.
func readGeoTime(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, strings.Replace(s, " ", "+", 1)); err == nil { // an unescaped + of the offset
			return t, t.Year() > 1900 && t.Year() < 10000
		}
	}
	return time.Time{}, false
}
