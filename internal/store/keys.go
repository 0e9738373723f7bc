package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Keys seals personal data and derives every other secret. JUWU_KEY is
// "VERSION:BASE64" of 32 random bytes; several are joined by commas, the
// highest version seals, the others still open. One key per purpose is
// derived by HKDF-SHA256, so that no purpose can be used for another. The
// lowest version keeps the blind indexes and signatures until `juwu rotate`
// rewrites them.
type Keys struct {
	masters map[byte][]byte
	newest  byte
	oldest  byte

	mu      sync.Mutex
	derived map[string][]byte
	aeads   map[string]cipher.AEAD
}

// ParseKeys reads JUWU_KEY.
func ParseKeys(text string) (*Keys, error) {
	k := &Keys{masters: map[byte][]byte{}, derived: map[string][]byte{}, aeads: map[string]cipher.AEAD{}}
	for part := range strings.SplitSeq(strings.TrimSpace(text), ",") {
		version, secret, ok := strings.Cut(strings.TrimSpace(part), ":")
		v, err := strconv.ParseUint(version, 10, 8)
		raw, err2 := base64.StdEncoding.DecodeString(secret)
		if !ok || err != nil || v == 0 || err2 != nil || len(raw) != 32 {
			return nil, errors.New("JUWU_KEY must be VERSION:BASE64 of 32 random bytes, several joined by commas")
		}
		if _, twice := k.masters[byte(v)]; twice {
			return nil, fmt.Errorf("JUWU_KEY has version %d twice", v)
		}
		k.masters[byte(v)] = raw
		if byte(v) > k.newest {
			k.newest = byte(v)
		}
		if k.oldest == 0 || byte(v) < k.oldest {
			k.oldest = byte(v)
		}
	}
	return k, nil
}

// Newest are the keys as they will be when only the newest version is left.
func (k *Keys) Newest() *Keys {
	return &Keys{masters: map[byte][]byte{k.newest: k.masters[k.newest]}, newest: k.newest, oldest: k.newest,
		derived: map[string][]byte{}, aeads: map[string]cipher.AEAD{}}
}

// NewKeyText makes a fresh key of a version for JUWU_KEY.
func NewKeyText(version int) string {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return strconv.Itoa(version) + ":" + base64.StdEncoding.EncodeToString(b)
}

// KeyFile is where a key is kept when JUWU_KEY is not set. It must be backed
// up apart from the data: whoever has both can read everything.
const KeyFile = "juwu.key"

// LoadOrMakeKeys reads the key file of the data folder, making it at first start.
func LoadOrMakeKeys(dataDir string) (*Keys, error) {
	path := filepath.Join(dataDir, KeyFile)
	b, err := os.ReadFile(path)
	if err == nil {
		return ParseKeys(string(b))
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dataDir, SQLiteFile)); err == nil {
		return nil, fmt.Errorf("%s is missing but there is a database: set JUWU_KEY or put the key file back", path)
	}
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, err
	}
	text := NewKeyText(1)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString(text + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return ParseKeys(text)
}

func (k *Keys) derive(version byte, purpose string) []byte {
	name := strconv.Itoa(int(version)) + "/" + purpose
	k.mu.Lock()
	defer k.mu.Unlock()
	if d, ok := k.derived[name]; ok {
		return d
	}
	d, err := hkdf.Key(sha256.New, k.masters[version], nil, "juwu/"+purpose, 32)
	if err != nil {
		panic(err) // only for lengths that are never asked for
	}
	k.derived[name] = d
	return d
}

// Key is the 32-byte key of a purpose that need not survive a rotation.
func (k *Keys) Key(purpose string) []byte { return k.derive(k.newest, purpose) }

// SigningKey is the Ed25519 key of a purpose.
func (k *Keys) SigningKey(purpose string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(k.derive(k.oldest, "sign/"+purpose))
}

// Index is the blind index of a value: equal values have equal indexes,
// nothing else can be read from it without the key.
func (k *Keys) Index(purpose, value string) []byte {
	if value == "" {
		return nil
	}
	m := hmac.New(sha256.New, k.derive(k.oldest, "index/"+purpose))
	m.Write([]byte(value))
	return m.Sum(nil)
}

func (k *Keys) aead(version byte) (cipher.AEAD, error) {
	if _, ok := k.masters[version]; !ok {
		return nil, fmt.Errorf("sealed with key version %d, which JUWU_KEY does not have", version)
	}
	key := k.derive(version, "seal")
	name := strconv.Itoa(int(version))
	k.mu.Lock()
	defer k.mu.Unlock()
	if a, ok := k.aeads[name]; ok {
		return a, nil
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	a, err := cipher.NewGCM(block)
	if err == nil {
		k.aeads[name] = a
	}
	return a, err
}

// Seal encrypts text for one place: table.column and row. A seal moved to
// another row or column does not open. Empty text has no seal.
func (k *Keys) Seal(place string, row fmt.Stringer, text string) []byte {
	if text == "" {
		return nil
	}
	a, err := k.aead(k.newest)
	if err != nil {
		panic(err) // the newest version is always there
	}
	b := make([]byte, 1+a.NonceSize(), 1+a.NonceSize()+len(text)+a.Overhead())
	b[0] = k.newest
	_, _ = rand.Read(b[1:])
	return a.Seal(b, b[1:], []byte(text), []byte(place+"/"+row.String()))
}

// Open decrypts what Seal made for the same place and row.
func (k *Keys) Open(place string, row fmt.Stringer, seal []byte) (string, error) {
	if len(seal) == 0 {
		return "", nil
	}
	a, err := k.aead(seal[0])
	if err != nil {
		return "", err
	}
	if len(seal) < 1+a.NonceSize() {
		return "", errors.New("seal too short")
	}
	b, err := a.Open(nil, seal[1:1+a.NonceSize()], seal[1+a.NonceSize():], []byte(place+"/"+row.String()))
	return string(b), err
}
