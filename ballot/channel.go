package ballot

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"filippo.io/edwards25519"
)

// Channel holds a threshold trustee's two secrets, both derived from one seed
// that fits on paper: one signs, the other opens private messages.
type Channel struct {
	sign, open               Scalar
	Verification, Encryption Element
}

// NewChannelSeed draws the 22 characters a trustee keeps (the tool's *.key).
func NewChannelSeed(random io.Reader) (string, error) {
	return randomBase58(random, credentialDigits)
}

// OpenChannel derives the channel keys from the seed.
func OpenChannel(seed string) (*Channel, error) {
	if len(seed) != credentialDigits || !isBase58(seed) {
		return nil, refuse(CodeCredentialForm, "seed")
	}
	derive := func(label string) Scalar {
		d := sha256.Sum256([]byte(label + seed))
		return scalarOfBigEndian(d[:])
	}
	c := &Channel{sign: derive("sk|"), open: derive("dk|")}
	c.Verification, c.Encryption = public(c.sign), public(c.open)
	return c, nil
}

// send encrypts m to the owner of the key to, signed by c.
func (c *Channel) send(to Element, m string, src *source) (string, error) {
	inner := appendElement([]byte(`{"recipient":`), to)
	inner = append(appendString(append(inner, `,"message":`...), m), '}')
	signed := signMessage(string(inner), c.sign, src.draw())
	return seal(to, signed.Bytes(), src)
}

// seal is ElGamal of a random element whose hash is the AES key.
func seal(to Element, plain []byte, src *source) (string, error) {
	recipient, code := to.key()
	if code != "" {
		return "", refuse(code, "recipient")
	}
	r, s := src.draw(), src.draw()
	shared := new(edwards25519.Point).ScalarBaseMult(s.lib())
	beta := new(edwards25519.Point).Add(power(recipient, r), shared)
	alpha := public(r)
	gcm, iv, err := channelCipher(elementOf(shared), alpha)
	if err != nil {
		return "", err
	}
	data := gcm.Seal(nil, iv, plain, nil)
	b := appendElement([]byte(`{"algorithm":"AES-GCM","alpha":`), alpha)
	b = appendElement(append(b, `,"beta":`...), elementOf(beta))
	b = hex.AppendEncode(append(b, `,"data":"`...), data)
	return string(append(b, `"}`...)), src.err
}

func channelCipher(shared, alpha Element) (cipher.AEAD, []byte, error) {
	key := sha256.Sum256([]byte("key|" + shared.String()))
	iv := sha256.Sum256([]byte("iv|" + alpha.String())) // all 32 bytes, as the format has it
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, nil, err
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, len(iv))
	return gcm, iv[:], err
}

// receive opens a private message and checks who sent it and to whom: without
// the recipient inside, a message could be passed on as one's own.
func (c *Channel) receive(text string, sender Element) (string, error) {
	v, err := parseJSON([]byte(text))
	if err != nil {
		return "", &Refusal{Code: CodeThresholdPrivate, Event: -1, Err: err}
	}
	f := fieldsOf(v)
	alpha, beta := f.element("alpha"), f.element("beta")
	data, err := hex.DecodeString(f.text("data"))
	if f.bad != "" || err != nil || f.text("algorithm") != "AES-GCM" {
		return "", refuse(CodeThresholdPrivate, f.bad)
	}
	a, code := alpha.member()
	if code != "" {
		return "", refuse(code, "alpha")
	}
	b, code := beta.member()
	if code != "" {
		return "", refuse(code, "beta")
	}
	shared := elementOf(new(edwards25519.Point).Subtract(b, power(a, c.open)))
	gcm, iv, err := channelCipher(shared, alpha)
	if err != nil {
		return "", err
	}
	plain, err := gcm.Open(nil, iv, data, nil)
	if err != nil {
		return "", refuse(CodeThresholdPrivate, "data")
	}
	return c.unwrap(plain, sender)
}

func (c *Channel) unwrap(plain []byte, sender Element) (string, error) {
	signed, err := ParseSignedMessage(plain)
	if err != nil {
		return "", err
	}
	key, code := sender.key()
	if code != "" {
		return "", refuse(code, "sender")
	}
	if !signed.signedBy(key) && on(CodeThresholdSender) {
		return "", refuse(CodeThresholdSender, "")
	}
	v, err := parseJSON([]byte(signed.Message))
	if err != nil {
		return "", &Refusal{Code: CodeThresholdPrivate, Event: -1, Err: err}
	}
	f := fieldsOf(v)
	m := f.text("message")
	if f.element("recipient") != c.Encryption && on(CodeThresholdRecipient) {
		return "", refuse(CodeThresholdRecipient, "")
	}
	if f.bad != "" {
		return "", refuse(CodeThresholdPrivate, f.bad)
	}
	return m, nil
}

// OpenDecryptionKey opens what the ceremony left for this trustee (the tool's
// *.dkey); the result is the secret for Setup.Decrypt.
func (c *Channel) OpenDecryptionKey(privateKey string) (Scalar, error) {
	m, err := c.receive(strings.TrimSuffix(privateKey, "\n"), c.Verification)
	if err != nil {
		return Scalar{}, err
	}
	return secretIn(m, "decryption_key")
}

func secretIn(message, name string) (Scalar, error) {
	v, err := parseJSON([]byte(message))
	if err != nil {
		return Scalar{}, &Refusal{Code: CodeThresholdPrivate, Event: -1, Err: err}
	}
	f := fieldsOf(v)
	s := f.scalar(name)
	if f.bad != "" {
		return Scalar{}, refuse(CodeThresholdPrivate, f.bad)
	}
	return s, nil
}
