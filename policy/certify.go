package policy

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// ServiceStatement is what a service certificate says and what is signed, byte
// for byte: the fields of 民发〔2015〕149号. The ID number is masked; the holder
// shows the document itself. Field names are short because the whole statement
// travels in a QR code.
type ServiceStatement struct {
	Version   int         `json:"v"`
	Number    string      `json:"no"`
	Name      string      `json:"name"`
	Document  string      `json:"doc,omitempty"` // kind and masked number
	Volunteer string      `json:"vno"`
	From      models.Date `json:"from"`
	Until     models.Date `json:"to"`
	Minutes   int         `json:"min"`
	Times     int         `json:"times"`
	Content   string      `json:"what"`
	Issuer    string      `json:"by"`
	Head      string      `json:"head,omitempty"` // person in charge
	Handler   string      `json:"hand,omitempty"`
	Contact   string      `json:"tel,omitempty"`
	Date      models.Date `json:"date"`
	Remarks   string      `json:"note,omitempty"`
	Key       string      `json:"key"`
}

const certificatePrefix = "JW1."

// KeyID names a public key.
func KeyID(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// SignStatement makes the bytes of a statement and signs them.
func SignStatement(s ServiceStatement, key ed25519.PrivateKey) (payload, signature []byte, err error) {
	s.Version, s.Key = 1, KeyID(key.Public().(ed25519.PublicKey))
	if payload, err = json.Marshal(s); err != nil {
		return nil, nil, err
	}
	return payload, ed25519.Sign(key, payload), nil
}

// CertificateToken is what the QR code carries: prefix, statement, signature.
func CertificateToken(payload, signature []byte) string {
	b := base64.RawURLEncoding
	return certificatePrefix + b.EncodeToString(payload) + "." + b.EncodeToString(signature)
}

// ReadToken takes a token apart and checks its signature with the key that it
// names. Any other byte than those that were signed makes it Invalid.
func ReadToken(token string, keys map[string]ed25519.PublicKey) (ServiceStatement, []byte, error) {
	var s ServiceStatement
	refuse := func(why string) (ServiceStatement, []byte, error) {
		var f problem.Form
		f.Add("token", "certify.token.wrong", nil)
		p := problem.As(f.Err())
		return ServiceStatement{}, nil, p.Because(why)
	}
	body, ok := strings.CutPrefix(token, certificatePrefix)
	first, second, two := strings.Cut(body, ".")
	if !ok || !two {
		return refuse("shape")
	}
	strict := base64.RawURLEncoding.Strict()
	payload, err := strict.DecodeString(first)
	if err != nil || strings.ContainsAny(first, "\r\n") {
		return refuse("base64")
	}
	signature, err := strict.DecodeString(second)
	if err != nil || strings.ContainsAny(second, "\r\n") || len(signature) != ed25519.SignatureSize {
		return refuse("base64")
	}
	if err := json.Unmarshal(payload, &s); err != nil {
		return refuse("json")
	}
	key, known := keys[s.Key]
	if !known || !ed25519.Verify(key, payload, signature) {
		return refuse("signature")
	}
	return s, payload, nil
}
