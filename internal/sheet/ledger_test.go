package sheet

import (
	"encoding/json"
	"os"
	"testing"
)

func load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDump(t *testing.T) {
	for _, n := range []string{"accounts-2026Q3.xlsx", "accounts-2026-10.gb18030.csv"} {
		l, err := ReadLedger(n, load(t, n), LedgerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range l.Months {
			m := &l.Months[i]
			t.Log(m.Month, m.OpeningFen, m.IncomeFen, m.ExpenseFen, m.ClosingFen, len(m.Entries), m.OpeningCell, m.ClosingCell)
			t.Logf("%+v", m.Entries[0])
			m.Entries = nil
		}
		b, _ := json.Marshal(l)
		t.Log(string(b))
	}
}
