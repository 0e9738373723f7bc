package policy

// Certificate is one a residents' committee may not issue. Its words are
// certificate.<Key> (what people ask for) and certificate.<Key>.where; Where
// says which kind of office has it: certificate.office.<Where>.
type Certificate struct {
	Key   string
	Where string
}

// Certificates are the twenty of 民发〔2020〕20号, in its order. People are sent
// around for them still; so each says where to go instead.
var Certificates = []Certificate{
	{"kinship", "police"},
	{"identity", "police"},
	{"registration_change", "police"},
	{"dog", "police"},
	{"no_crime", "police"},
	{"drug_rehabilitation", "police"},
	{"missing_person", "police"},
	{"marital_status", "marriage"},
	{"birth", "hospital"},
	{"alive", "social_security"},
	{"death", "hospital"},
	{"illness", "hospital"},
	{"disability", "disabled_federation"},
	{"childbearing", "health"},
	{"employment", "employment"},
	{"personal_file", "archive"},
	{"property", "property"},
	{"inheritance", "notary"},
	{"business_address", "market"},
	{"lost_document", "issuer"},
}
