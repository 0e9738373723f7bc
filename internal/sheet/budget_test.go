package sheet

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"juwu/internal/problem"
	"juwu/models"
)

func TestReadBudget(t *testing.T) {
	csv := "和睦里社区2026年度预决算表,,,,,\n单位：万元,,,,,\n科目,年初预算,调整,决算,差异,说明\n一、收入,60,,,,\n财政拨款,50,5,55,0,\n服务收入,10,,8,,\n收入合计,60,,,,\n" +
		"二、支出,,,,,\n办公费,20,-1,18,,节约\n活动费,40,,,,\n支出合计,60,,,,\n主任：钟梓,,,,,\n"
	b, err := ReadBudget("x.csv", []byte(csv), BudgetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	fen := func(f models.Fen) *models.Fen { return &f }
	want := []BudgetLine{
		{Side: SideIncome, Category: "财政拨款", PlanFen: 50e6, AdjustedFen: 55e6, ExecutedFen: fen(55e6)},
		{Side: SideIncome, Category: "服务收入", PlanFen: 10e6, AdjustedFen: 10e6, ExecutedFen: fen(8e6)},
		{Side: SideExpense, Category: "办公费", PlanFen: 20e6, AdjustedFen: 19e6, ExecutedFen: fen(18e6), Note: "节约"},
		{Side: SideExpense, Category: "活动费", PlanFen: 40e6, AdjustedFen: 40e6},
	}
	if d := cmp.Diff(want, b.Lines, cmpopts.IgnoreFields(BudgetLine{}, "Sheet", "Row")); d != "" || b.Year != 2026 || !b.OK() {
		t.Errorf("%s year %d %v", d, b.Year, b.Findings)
	}
}

func TestBudgetMistakes(t *testing.T) {
	for name, tt := range map[string]struct{ csv, want string }{
		"wrong total":     {"2026年预算\n科目,年初预算\n办公费,20\n合计,21\n", FindingBudgetTotal},
		"no year":         {"科目,年初预算\n办公费,20\n", FindingNoYear},
		"unreadable":      {"2026年预算\n科目,年初预算\n办公费,2O\n", FindingBadAmount},
		"twice":           {"2026年预算\n科目,年初预算\n办公费,20\n办公费,20\n", FindingBudgetTwice},
		"no error at all": {"2026年预算\n科目,年初预算\n办公费,20\n合计,20\n", ""},
	} {
		b, err := ReadBudget("x.csv", []byte(tt.csv), BudgetOptions{})
		if err != nil {
			t.Fatal(name, err)
		}
		got := ""
		for _, f := range b.Findings {
			got += f.Key
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	_, err := ReadBudget("x.csv", []byte("a,b\n1,2\n"), BudgetOptions{})
	if p := problem.As(err); p == nil || p.Key != KeyNoBudget {
		t.Error(err)
	}
}
