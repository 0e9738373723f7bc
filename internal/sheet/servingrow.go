package sheet

import (
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// longestPast: what somebody can have served in a life, in minutes.
const longestPast = 60_000 * 60

// ReadEnrolled reads a list of volunteers who are registered in another system.
// Personal data stand in the rows and nowhere in the report. Refusals: Invalid,
// TooLarge for the file as a whole.
func ReadEnrolled(name string, data []byte, today models.Date) ([]Enrolled, *ListReport, error) {
	var rows []Enrolled
	seen := map[string]int{}
	rep, err := readList(name, data, today, enrolledWords, []listField{listName, listNational}, nil, func(r *listReader) {
		rows = append(rows, r.enrolled(seen))
	})
	return rows, rep, err
}

func (r *listReader) enrolled(seen map[string]int) Enrolled {
	v := Enrolled{Row: r.line.n, Name: r.get(listName), National: strings.ToUpper(strings.ReplaceAll(r.get(listNational), " ", "")), Politics: r.get(listPolitics), Phone: digits(r.get(listPhone))}
	if n := len([]rune(v.Name)); n == 0 || n > 50 {
		r.fault(listName, RollNoName, nil)
	}
	switch row, twice := seen[v.National]; {
	case len(v.National) < 6 || len(v.National) > 40 || strings.ContainsAny(v.National, "=+@<>"):
		r.fault(listNational, ListBadNational, nil)
	case twice:
		r.fault(listNational, ListTwice, problem.Args{"row": row})
	default:
		seen[v.National] = r.line.n
	}
	sex, ok := readSex(r.get(listSex))
	if v.Sex = sex; !ok {
		r.fault(listSex, RollBadSex, nil)
	}
	if v.Phone != "" {
		phone, n := models.Phone(v.Phone)
		if v.Phone = phone; phone == "" {
			r.fault(listPhone, RollBadPhone, problem.Args{"digits": n})
		}
	}
	v.Birth = r.date(listBirth)
	r.identity(&v)
	if v.Birth == "" && len(r.errors) == 0 {
		r.fault(listBirth, ListNoBirth, nil)
	}
	v.Skills = skillsIn(r.get(listSkills))
	v.Minutes = max(r.served(longestPast), 0)
	v.Errors = r.errors
	return v
}

// identity holds a citizen's number against its own arithmetic and the
// birthday beside it.
func (r *listReader) identity(v *Enrolled) {
	kind, number := splitDocument(r.get(listDocument), "")
	v.Document = number
	if number == "" || kind != models.DocumentID {
		return
	}
	born, fault := checkID(number)
	switch fault {
	case idOK:
	case idShape:
		r.fault(listDocument, RollIDShape, nil)
		return
	default:
		r.fault(listDocument, RollIDDigit, nil)
		return
	}
	if v.Birth != "" && v.Birth != born {
		r.fault(listBirth, RollBirthDiffers, nil)
		return
	}
	v.Birth = born
}

// skillWords name the skills in lists of other systems.
var skillWords = []struct{ word, code string }{
	{"陪伴", "company"}, {"探访", "company"}, {"助老", "company"}, {"助残", "company"}, {"跑腿", "errand"}, {"代办", "errand"}, {"送餐", "errand"}, {"医", "medical"}, {"护理", "medical"},
	{"法律", "law"}, {"维修", "repair"}, {"修理", "repair"}, {"家电", "repair"}, {"教", "teach"}, {"辅导", "teach"}, {"体育", "sport"}, {"健身", "sport"}, {"文艺", "art"}, {"文化", "art"},
	{"电脑", "digital"}, {"手机", "digital"}, {"网络", "digital"}, {"翻译", "translate"}, {"外语", "translate"}, {"调解", "mediate"}, {"驾驶", "drive"}, {"烹饪", "cook"}, {"环保", "green"},
	{"绿化", "green"}, {"巡逻", "patrol"}, {"治安", "patrol"}, {"应急", "emergency"}, {"救援", "emergency"},
}

func skillsIn(s string) []string {
	var codes []string
	for _, w := range skillWords {
		if strings.Contains(s, w.word) {
			codes = append(codes, w.code)
		}
	}
	return codes
}

// ReadServed reads a list of hours that were written down on paper. Refusals:
// Invalid, TooLarge for the file as a whole.
func ReadServed(name string, data []byte, today models.Date) ([]Served, *ListReport, error) {
	var rows []Served
	rep, err := readList(name, data, today, servedWords, []listField{listNumber, listDay, listWhat}, []listField{listHours, listMinutes, listEnds}, func(r *listReader) {
		rows = append(rows, r.servedRow())
	})
	return rows, rep, err
}

func (r *listReader) servedRow() Served {
	h := Served{Row: r.line.n, Number: strings.ToUpper(strings.ReplaceAll(r.get(listNumber), " ", "")), Name: r.get(listName), What: r.get(listWhat)}
	if h.Number == "" {
		r.fault(listNumber, ListNoNumber, nil)
	}
	if n := len([]rune(h.What)); n < 2 || n > 60 {
		r.fault(listWhat, ListBadWhat, problem.Args{"n": 60})
	}
	r.dates.births = false // a day of service is no birthday: small serials are slips
	if h.Day = r.date(listDay); h.Day == "" && r.get(listDay) == "" {
		r.fault(listDay, RollBadDate, nil)
	}
	h.Begins, h.Ends = r.clock(listBegins), r.clock(listEnds)
	h.Minutes = r.served(24 * 60)
	both := h.Begins >= 0 && h.Ends >= 0
	switch {
	case both && h.Ends <= h.Begins:
		r.fault(listEnds, ListEndsBefore, nil)
	case both && h.Minutes > h.Ends-h.Begins:
		r.fault(listHours, ListMoreThanTimes, nil)
	case both && h.Minutes == 0:
		h.Minutes = h.Ends - h.Begins
	case h.Minutes == 0:
		r.fault(listHours, ListBadHours, problem.Args{"n": 24})
	}
	if h.Begins >= 0 && h.Ends < 0 && h.Minutes > 0 && h.Begins+h.Minutes < 24*60 {
		h.Ends = h.Begins + h.Minutes
	}
	h.Errors = r.errors
	return h
}

// Headings and one row of the sample files, as our own reader knows them.
var (
	EnrolledSample = []any{"例：张三", "330105000123456", "1980-05-20", "女", "", "13800138000", "群众", "陪伴、维修", 36.5}
	ServedSample   = []any{"202600001", "例：张三", "2026-11-20", "09:00", "11:30", 2.5, "清扫楼道"}

	EnrolledHeader = []string{"姓名", "志愿者编号", "出生日期", "性别", "身份证号", "手机号", "政治面貌", "服务技能", "累计服务时长(小时)"}
	ServedHeader   = []string{"志愿者编号", "姓名", "日期", "开始时间", "结束时间", "时长(小时)", "服务内容"}
)
