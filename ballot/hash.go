package ballot

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// Digest is a SHA-256 digest; its String is 64 lower-case hex digits.
type Digest [sha256.Size]byte

// DigestOf hashes the exact bytes of a record.
func DigestOf(b []byte) Digest { return sha256.Sum256(b) }

func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText gives reports the hexadecimal form.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// Short is the form people compare: 43 characters of base64 without padding.
// Election fingerprints, trackers and the credentials fingerprint are Short.
func (d Digest) Short() string { return base64.RawStdEncoding.EncodeToString(d[:]) }

// hashToScalar is H of the specification (section 1): the digest of the prefix
// and the comma-separated hex elements, read big-endian, modulo l.
func hashToScalar(prefix []byte, elements ...Element) Scalar {
	b := make([]byte, 0, len(prefix)+65*len(elements))
	b = append(b, prefix...)
	return hashAppended(b, elements)
}

// hashAppended is hashToScalar over a buffer that already starts with the prefix.
func hashAppended(b []byte, elements []Element) Scalar {
	for i, e := range elements {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.appendHex(b)
	}
	d := sha256.Sum256(b)
	return scalarOfBigEndian(d[:])
}
