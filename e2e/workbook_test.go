package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"juwu/internal/sheet"
	"juwu/models"
)

// booking is one line of a clerk's sheet; spent money is negative.
type booking struct {
	day           models.Date
	voucher       string
	purpose, sort string
	amount        models.Fen
	handler       string
}

// september is what the example's last published month left.
const september models.Fen = 303285_25

// october is a month of the example that waits to be published; it is brought
// in anew.
var october = []booking{
	{"2026-10-03", "记-001", "重阳节慰问80岁以上老人", "慰问救助", -8715_44, "林梓庆"},
	{"2026-10-05", "记-002", "财政拨款-服务群众专项经费", "财政拨款", 57091_38, "孟红杰"},
	{"2026-10-08", "记-003", "12幢楼道灯维修", "维修费", -1286_40, "郭珍"},
	{"2026-10-13", "记-004", "存款利息", "利息", 41_29, "林梓庆"},
	{"2026-10-21", "记-005", "小区停车位划线", "工程款", -10894_43, "孟红杰"},
	{"2026-10-28", "记-006", "宽带及电话费", "通讯费", -381_00, "郭珍"},
}

// workbook writes a month as a clerk's .xlsx. wrong is added to one running
// balance, for sheets that do not add up.
func workbook(t testing.TB, opening models.Fen, month []booking, wrong models.Fen) string {
	t.Helper()
	rows := [][]any{{nil, nil, "上月结转", nil, nil, nil, nil, opening, nil, nil, nil}}
	balance := opening
	for i, b := range month {
		var income, expense any
		if b.amount < 0 {
			expense = -b.amount
		} else {
			income = b.amount
		}
		balance += b.amount
		shown := balance
		if i == len(month)-1 {
			shown += wrong
		}
		rows = append(rows, []any{b.day, b.voucher, b.purpose, b.sort, "社区工作经费", income, expense, shown, b.handler, "石嘉", "钟梓"})
	}
	path := filepath.Join(t.TempDir(), "和睦里账目.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	err = sheet.WriteTable(f, sheet.XLSX, sheet.Table{
		Name:   "10月",
		Header: []string{"日期", "凭证号", "摘要", "科目", "资金来源", "收入（元）", "支出（元）", "结余（元）", "经手人", "证明人", "审批人"},
		Rows:   sheet.Rows(rows),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
