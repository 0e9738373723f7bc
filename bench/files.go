package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"
)

// The words of a ledger are data: a title, the column names, the opening row,
// a pattern of an entry and the sum row.
//
//go:embed testdata
var words embed.FS

// writeLedger makes one month of n entries that balances.
func writeLedger(path string, n int) error {
	f, err := words.Open("testdata/ledger.csv")
	if err != nil {
		return err
	}
	defer f.Close()
	pattern, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	book := excelize.NewFile()
	defer book.Close()
	sheet, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	if err := fillLedger(sheet, pattern, n); err != nil {
		return err
	}
	return book.SaveAs(path)
}

func fillLedger(sheet *excelize.StreamWriter, pattern [][]string, n int) error {
	const opening, spent = 500000, 12 // yuan
	line := 0
	var failed error
	put := func(row []string, change map[int]any) {
		line++
		cells := make([]any, len(row))
		for i, text := range row {
			cells[i] = text
			if v, ok := change[i]; ok {
				cells[i] = v
			}
		}
		if err := sheet.SetRow(fmt.Sprintf("A%d", line), cells); failed == nil {
			failed = err
		}
	}
	put(pattern[0], nil)
	put(pattern[1], nil)
	put(pattern[2], map[int]any{7: opening})
	for i := range n {
		day := fmt.Sprintf("2026-07-%02d", 1+i*30/n)
		put(pattern[3], map[int]any{0: day, 1: fmt.Sprintf("J-%04d", i+1), 6: spent, 7: opening - spent*(i+1)})
	}
	put(pattern[4], map[int]any{5: 0, 6: spent * n, 7: opening - spent*n})
	if failed != nil {
		return failed
	}
	return sheet.Flush()
}

// writeBomb makes a workbook whose one sheet unpacks to size bytes.
func writeBomb(path string, size int64) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	z := zip.NewWriter(file)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook ` + ns + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
	} {
		w, err := z.Create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, part.text); err != nil {
			return err
		}
	}
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, `<worksheet `+ns+`><sheetData>`+strings.Repeat(`<row><c><v>1</v></c></row>`, 40000)); err != nil {
		return err
	}
	// White space is legal here and packs a thousand to one.
	space := bytes.Repeat([]byte(" "), 1<<20)
	for written := int64(0); written < size; written += int64(len(space)) {
		if _, err := w.Write(space); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, `</sheetData></worksheet>`); err != nil {
		return err
	}
	return z.Close()
}

// writeRoll makes a roll of n people out of copies of the example's, each copy
// in buildings, with documents and telephones of its own.
func writeRoll(path string, n int) error {
	packed, err := os.Open("internal/sheet/testdata/residents.csv.gz")
	if err != nil {
		return err
	}
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return err
	}
	people, err := csv.NewReader(unpacked).ReadAll()
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := csv.NewWriter(bufio.NewWriterSize(file, 1<<20))
	if err := out.Write(people[0]); err != nil {
		return err
	}
	people = people[1:]
	for i := range n {
		if err := out.Write(twin(people[i%len(people)], i/len(people))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Columns of the example's roll.
const (
	colBuilding, colHousehold, colDocument, colPhone = 2, 5, 10, 11
)

func twin(person []string, copyOf int) []string {
	if copyOf == 0 {
		return person
	}
	p := append([]string(nil), person...)
	p[colBuilding] = fmt.Sprintf("%d00%s", copyOf, p[colBuilding])
	p[colHousehold] = fmt.Sprintf("%d%s", copyOf, p[colHousehold])
	if id := p[colDocument]; len(id) == 18 {
		p[colDocument] = withCheckDigit(fmt.Sprintf("99999%d%s", 9-copyOf, id[6:17]))
	}
	if phone := p[colPhone]; len(phone) == 11 {
		p[colPhone] = fmt.Sprintf("19%d%s", 9-copyOf, phone[3:])
	}
	return p
}

// withCheckDigit completes a document number by GB 11643.
func withCheckDigit(first17 string) string {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(first17[i]-'0')
	}
	return first17 + string("10X98765432"[sum%11])
}
