package store

import (
	"encoding/json"
	"fmt"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Arguments of a message wait in the database until it is read or sent, and
// are put into words only then, in the reader's language. JSON alone would
// forget that a number was an amount of money and a text a day; so each value
// carries its type in one letter.

// argLang is the reserved argument that names the language of a message to
// somebody who has no login yet.
const argLang = "lang"

type typed struct {
	T string          `json:"t"`
	V json.RawMessage `json:"v"`
}

func encodeArgs(args problem.Args) ([]byte, error) {
	out := make(map[string]typed, len(args))
	for name, v := range args {
		var t string
		switch v.(type) {
		case string:
			t = "s"
		case int, int32, int64, uint32:
			t = "n"
		case models.Fen:
			t = "f"
		case models.Date:
			t = "d"
		case models.Month:
			t = "m"
		case models.ID:
			t = "i"
		case time.Time:
			t = "t"
		default:
			return nil, fmt.Errorf("argument %s of a message is a %T", name, v)
		}
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out[name] = typed{t, b}
	}
	return json.Marshal(out)
}

func decodeArgs(b []byte) (problem.Args, error) {
	if len(b) == 0 {
		return nil, nil
	}
	var in map[string]typed
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, err
	}
	args := make(problem.Args, len(in))
	for name, v := range in {
		var err error
		args[name], err = v.value()
		if err != nil {
			return nil, fmt.Errorf("argument %s: %w", name, err)
		}
	}
	return args, nil
}

func (v typed) value() (any, error) {
	switch v.T {
	case "s":
		return decode[string](v.V)
	case "n":
		return decode[int64](v.V)
	case "f":
		return decode[models.Fen](v.V)
	case "d":
		return decode[models.Date](v.V)
	case "m":
		return decode[models.Month](v.V)
	case "i":
		s, err := decode[string](v.V)
		id, ok := models.ParseID(s)
		if err == nil && !ok {
			err = fmt.Errorf("%q is no id", s)
		}
		return id, err
	case "t":
		return decode[time.Time](v.V)
	}
	return nil, fmt.Errorf("type %q is not known", v.T)
}

func decode[T any](b json.RawMessage) (v T, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}
