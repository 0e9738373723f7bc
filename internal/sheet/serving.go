package sheet

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// Lists about volunteers: who is registered in another system already, and
// hours that were written down on paper. Both have one row per line and are
// read whole; errors stand with their cell.

// Enrolled is a row of a list of existing volunteers.
type Enrolled struct {
	Row      int         `json:"row"`
	Name     string      `json:"name"`
	National string      `json:"national"` // the number in the national system
	Birth    models.Date `json:"birth"`
	Sex      string      `json:"sex"` // "m", "f" or ""
	Document string      `json:"document"`
	Phone    string      `json:"phone"` // 11 digits or empty
	Politics string      `json:"politics"`
	Skills   []string    `json:"skills"` // codes of models.VolunteerSkills that the words name
	Minutes  int         `json:"minutes"`
	Errors   []RowError  `json:"-"`
}

// Served is a row of a list of hours.
type Served struct {
	Row     int         `json:"row"`
	Number  string      `json:"number"` // the volunteer's own, or the national one
	Name    string      `json:"name"`
	Day     models.Date `json:"day"`
	Begins  int         `json:"begins"` // minute of the day; -1: the file does not say
	Ends    int         `json:"ends"`
	Minutes int         `json:"minutes"`
	What    string      `json:"what"`
	Errors  []RowError  `json:"-"`
}

// ListReport tells what was understood of such a file as a whole.
type ListReport struct {
	Rows     int                   `json:"rows"`
	Findings []Finding             `json:"findings,omitempty"` // missing and unknown columns
	Columns  map[string]ListColumn `json:"columns"`            // by name: "name", "number", "national", "birth", "day", "hours", "begins"
}

// ListColumn is where a column stands.
type ListColumn struct {
	Heading string `json:"heading"`
	Letter  string `json:"letter"`
}

// Fault is an error of a row that the caller found, with its cell.
func (r *ListReport) Fault(row int, column, key string, args problem.Args) RowError {
	c := r.Columns[column]
	e := RowError{Row: row, Column: c.Heading, Key: key, Args: args}
	if c.Letter != "" {
		e.Cell = c.Letter + strconv.Itoa(row)
	}
	return e
}

var listColumnNames = map[listField]string{listName: "name", listNumber: "number", listNational: "national", listBirth: "birth", listDay: "day", listHours: "hours", listMinutes: "hours", listBegins: "begins", listPhone: "phone"}

// OK tells whether the file can be used.
func (r *ListReport) OK() bool {
	return r.Rows > 0 && !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Severity == Error })
}

// MaxListRows of a list about volunteers.
const MaxListRows = 5000

// listField is a column of such a list.
type listField uint8

const (
	listName listField = iota + 1
	listNational
	listNumber
	listBirth
	listSex
	listDocument
	listPhone
	listPolitics
	listSkills
	listHours
	listMinutes
	listDay
	listBegins
	listEnds
	listWhat
	listIgnored
)

var enrolledWords = map[listField][]string{
	listName:     {"姓名", "志愿者姓名", "名字", "志愿者"},
	listNational: {"志愿者编号", "全国志愿者编号", "国家志愿者编号", "注册编号", "注册号", "志愿者注册号", "志愿者号", "编号", "志愿者证号"},
	listBirth:    {"出生日期", "出生年月日", "生日", "出生"},
	listSex:      {"性别"},
	listDocument: {"身份证号", "证件号码", "身份证号码", "证件号", "公民身份号码", "身份证"},
	listPhone:    {"手机号", "手机", "联系电话", "电话", "手机号码", "联系方式", "移动电话"},
	listPolitics: {"政治面貌"},
	listSkills:   {"服务技能", "技能", "特长", "专业特长", "服务类别", "服务意向", "服务类型"},
	listHours:    {"服务时长", "志愿服务时长", "累计时长", "累计服务时长", "时长", "服务小时", "服务小时数", "总时长", "信用时数", "志愿时长", "累计服务小时"},
	listMinutes:  {"服务分钟", "累计分钟", "分钟"},
	listIgnored:  {"序号", "备注", "年龄", "民族", "学历", "职业", "国籍", "证件类型", "注册时间", "注册日期", "所属组织", "所属团体", "服务区域", "居住区域", "地址", "街道", "社区"},
}

var servedWords = map[listField][]string{
	listNumber:  {"志愿者编号", "编号", "志愿者号", "注册号", "志愿者证号", "注册编号"},
	listName:    {"姓名", "志愿者姓名", "名字", "志愿者"},
	listDay:     {"日期", "服务日期", "活动日期"},
	listBegins:  {"开始时间", "开始", "起始时间", "签到时间", "服务开始时间"},
	listEnds:    {"结束时间", "结束", "签退时间", "服务结束时间", "终止时间"},
	listHours:   {"时长", "服务时长", "小时", "小时数", "服务小时", "服务小时数", "志愿服务时长"},
	listMinutes: {"分钟", "服务分钟", "分钟数"},
	listWhat:    {"服务内容", "内容", "活动名称", "活动", "项目", "项目名称", "服务项目"},
	listIgnored: {"序号", "备注", "地点", "服务地点", "记录人", "审核人", "手机号", "电话"},
}

// listLayout is where each field stands.
type listLayout struct {
	header  int
	cols    map[listField]int
	heads   map[listField]string
	minutes bool // 时长 counts minutes: its heading says so in brackets
	unknown []int
}

// listHeader reads a row as the header of a list; nil if it is none.
func listHeader(l line, words map[listField][]string) *listLayout {
	y := &listLayout{header: l.n, cols: map[listField]int{}, heads: map[listField]string{}}
	for c, s := range l.cells {
		whole := fold(s)
		f := strings.Trim(withoutBrackets(whole), "*:")
		if f == "" {
			continue
		}
		field, known := listFieldOf(f, words)
		switch {
		case !known:
			y.unknown = append(y.unknown, c)
		case field == listIgnored:
		default:
			if _, twice := y.cols[field]; !twice {
				y.cols[field], y.heads[field] = c, s
				y.minutes = y.minutes || field == listHours && strings.Contains(whole, "分钟")
			}
		}
	}
	if _, named := y.cols[listName]; !named && len(y.cols) < 3 || len(y.cols) < 2 {
		return nil
	}
	return y
}

func listFieldOf(heading string, words map[listField][]string) (listField, bool) {
	for field, all := range words {
		if slices.Contains(all, heading) {
			return field, true
		}
	}
	return 0, false
}

// listReader walks a list's rows.
type listReader struct {
	listLayout
	words  map[listField][]string
	report ListReport
	dates  dateHints
	today  models.Date
	errors []RowError // of the row that is being read
	line   line
}

// readList reads a list: needed must all be there, and one of either.
func readList(name string, data []byte, today models.Date, words map[listField][]string, needed, either []listField, row func(*listReader)) (rep *ListReport, err error) {
	defer func() {
		if recover() != nil { // the library's, on a file that was made to break it
			rep, err = nil, damaged(errPanic)
		}
	}()
	src, err := openRows(name, data, func(l line) bool { return listHeader(l, words) != nil }, KeyNoList)
	if err != nil {
		return nil, err
	}
	defer src.close()
	r := &listReader{words: words, today: today, dates: dateHints{births: true, numeric: src.typed, date1904: src.date1904}}
	looked, usable := 0, false
	err = src.each(func(l line) error {
		if r.header == 0 {
			if looked++; looked > headerWindow {
				return invalid(KeyNoList, nil)
			}
			if y := listHeader(l, words); y != nil {
				r.listLayout = *y
				usable = r.columns(needed, either)
				r.report.Columns = map[string]ListColumn{}
				for f, c := range r.cols {
					if name := listColumnNames[f]; name != "" {
						r.report.Columns[name] = ListColumn{r.heads[f], columnName(c)}
					}
				}
			}
			return nil
		}
		if !usable {
			return nil
		}
		if r.report.Rows++; r.report.Rows > MaxListRows {
			return problem.New(problem.TooLarge, KeyTooManyRows, problem.Args{"limit": MaxListRows})
		}
		r.line, r.errors = l, nil
		row(r)
		return nil
	})
	if err == nil && r.header == 0 {
		err = invalid(KeyNoList, nil)
	}
	if err != nil {
		return nil, err
	}
	return &r.report, nil
}

// columns reports what is missing or unknown; false stops the reading.
func (r *listReader) columns(needed, either []listField) bool {
	find := func(sev Severity, key, name, cell string) {
		r.report.Findings = append(r.report.Findings, Finding{Severity: sev, Key: key, Args: problem.Args{"column": name}, Row: r.header, Cell: cell})
	}
	for _, c := range r.unknown {
		find(Warning, RollUnknownColumn, columnName(c), address(r.header, c))
	}
	usable := true
	for _, f := range needed {
		if _, ok := r.cols[f]; !ok {
			find(Error, RollNoColumn, r.words[f][0], "")
			usable = false
		}
	}
	if len(either) > 0 && !slices.ContainsFunc(either, func(f listField) bool { _, ok := r.cols[f]; return ok }) {
		find(Error, RollNoColumn, r.words[either[0]][0], "")
		usable = false
	}
	return usable
}

func (r *listReader) get(f listField) string {
	c, ok := r.cols[f]
	if !ok {
		return ""
	}
	return clean(r.line.cell(c))
}

func (r *listReader) fault(f listField, key string, args problem.Args) {
	e := RowError{Row: r.line.n, Column: r.words[f][0], Key: key, Args: args}
	if c, ok := r.cols[f]; ok {
		e.Column, e.Cell = r.heads[f], address(r.line.n, c)
	}
	r.errors = append(r.errors, e)
}

// served are the minutes of a row: a number of hours or minutes, or words such
// as 2小时30分钟. -1 when it cannot be read, 0 when nothing is said.
func (r *listReader) served(most int) int {
	field, unit := listHours, 60.0
	text := r.get(field)
	if text == "" {
		field, text = listMinutes, r.get(listMinutes)
	}
	if text == "" {
		return 0
	}
	if field == listMinutes || r.minutes {
		unit = 1
	}
	n := minutesOf(text, unit)
	if n < 0 || n > most {
		r.fault(field, ListBadHours, problem.Args{"n": most / 60})
		return -1
	}
	return n
}

var hoursWords = regexp.MustCompile(`^(?:(\d{1,5}(?:\.\d+)?)(?:小时|时|h))?(?:(\d{1,5})(?:分钟|分|m|min))?$`)

func minutesOf(s string, unit float64) int {
	s = strings.ToLower(strings.ReplaceAll(fold(s), ",", ""))
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= 0 && n < 1e6 {
		return int(n*unit + 0.5)
	}
	m := hoursWords.FindStringSubmatch(s)
	if m == nil || m[1] == "" && m[2] == "" {
		return -1
	}
	hours, _ := strconv.ParseFloat(cmpOr(m[1], "0"), 64)
	return int(hours*60+0.5) + number(m[2])
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (r *listReader) date(f listField) models.Date {
	s := r.get(f)
	if s == "" {
		return ""
	}
	d, state := parseDate(s, r.dates)
	if state != dateFull || d > r.today {
		r.fault(f, RollBadDate, nil)
		return ""
	}
	return d
}

var clockWords = regexp.MustCompile(`(?:^|[ t])(\d{1,2})[:点时](\d{1,2})?(?::\d{2}(?:\.\d+)?)?分?$`)

// clock is the minute of the day in a cell: 9:30, 9点30分, a date with a time,
// or the fraction of a day that a spreadsheet keeps. -1 when it says nothing.
func (r *listReader) clock(f listField) int {
	s := strings.ToLower(r.get(f))
	if s == "" {
		return -1
	}
	minute := -1
	if m := clockWords.FindStringSubmatch(s); m != nil {
		minute = number(m[1])*60 + number(m[2])
		if number(m[1]) > 23 || number(m[2]) > 59 {
			minute = -1
		}
	} else if x, err := strconv.ParseFloat(s, 64); err == nil && r.dates.numeric && x >= 0 && x < 1e6 {
		minute = int((x-float64(int(x)))*1440+0.5) % 1440
	}
	if minute < 0 {
		r.fault(f, ListBadClock, nil)
	}
	return minute
}
