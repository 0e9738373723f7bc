package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// with gives a component its children, as a templ file would.
func with(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

func gallery(p ShellProps) templ.Component {
	return with(Shell(p),
		ErrorSummary("有 2 处需要改一下", []FieldProblem{{Field: "phone", Text: "手机号应是 11 位，您输入了 10 位"}, {Field: "where", Text: "请选一个地点"}}),
		Heading(HeadingProps{Over: "三季度居务公开", Title: "2026年9月账目", Tag: "已公布", TagFor: Good, Lead: "10月12日公布，公示到 10月27日。看不懂的地方都可以问。"}),
		Switcher("选择月份", Link{Text: "8月", Href: "#main"}, "2026年9月", Link{Text: "10月", Href: "#main"}, Link{Text: "全部月份", Href: "#main"}),
		with(Card(CardProps{ID: "sum", Title: "这个月"}), SumList(gallerySum)),
		galleryFigures(), galleryCharts(), galleryTables(), galleryHome(), galleryCells(), galleryFlow(), galleryFilters(), galleryForm(),
	)
}

var gallerySum = SumListProps{Caption: "9月收支", Rows: []SumRow{
	{Label: "上月结余", Value: "186,420.55", Unit: "元"},
	{Sign: "+", Label: "收入", Value: "42,300.00", Unit: "元", Note: "比上月多 1,286.40 元"},
	{Sign: "−", Label: "支出", Value: "38,911.20", Unit: "元", Note: "比上月少 4,010.00 元"},
	{Sign: "=", Label: "结余", Value: "189,809.35", Unit: "元", Total: true},
}}

func galleryFigures() templ.Component {
	return templ.Join(
		with(Notice(NoticeProps{Kind: Attention, Title: "还有 3 天 · 11月24日", Text: "9月的账目请在公示期内查看。"})),
		with(Notice(NoticeProps{Kind: Good, Title: "已经公布", Text: "编号 居公〔2026〕031号。"})),
		with(Notice(NoticeProps{Text: "这一版改了 2 行。", Link: Link{Text: "看改了什么", Href: "#main"}})),
		with(Card(CardProps{Title: "每户平均"}), with(Figures(),
			Figure(FigureProps{Label: "每户支出", Value: "18.02", Unit: "元", Note: "2,159 户"}),
			Figure(FigureProps{Label: "本月办结率", Value: "96.4", Unit: "%", Note: "比上月高 1.2", Kind: Good}),
			Figure(FigureProps{Label: "还没答复", Value: "3", Unit: "件", Note: "其中 1 件超期 2 天", Kind: Danger, Href: "#main"}),
		)),
	)
}

func galleryCharts() templ.Component {
	bars := []Bar{
		{Label: "公共设施维修", Value: "18,640.00", Share: "48 %", Amount: 1864000, Href: "#main"},
		{Label: "为老服务", Value: "9,200.00", Share: "24 %", Amount: 920000},
		{Label: "办公用品", Value: "6,071.20", Share: "16 %", Amount: 607120},
		{Label: "文体活动", Value: "5,800.00", Share: "15 %", Amount: 580000},
		{Label: "退回预付款", Value: "−800.00", Share: "−2 %", Amount: -80000},
	}
	var months []MonthBar
	for i, short := range []string{"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"} {
		months = append(months, MonthBar{Label: "2026年" + short, Short: short[:len(short)-len("月")], Income: int64(30+i*7%23) * 100000, Expense: int64(25+i*11%29) * 100000, IncomeText: "42,300.00", ExpenseText: "38,911.20", BalanceText: "189,809.35"})
	}
	return templ.Join(
		with(Card(CardProps{Title: "钱花在哪里"}), BarChart(BarChartProps{ID: "bars", Title: "9月支出按类别", Desc: "公共设施维修最多，18,640.00 元，占 48 %。", LabelHead: "类别", ValueHead: "金额（元）", ShareHead: "占比", Unit: "元", Bars: bars})),
		with(Card(CardProps{Title: "每个月"}), MonthChart(MonthChartProps{ID: "months", Title: "2026年收支", Desc: "每个月的收入和支出。", MonthHead: "月份", IncomeHead: "收入（元）", ExpenseHead: "支出（元）", BalanceHead: "结余（元）", Income: "收入", Expense: "支出", Months: months, TableTitle: "用表格看"})),
	)
}

func galleryTables() templ.Component {
	line := func(n, what, amount string) TR {
		return TR{Href: "#main", Cells: []TD{{Text: what, Href: "#main", Sub: "公共设施维修"}, {Text: n}, {Text: "9月3日"}, {Text: amount}}}
	}
	doubt := TR{Cells: []TD{{Text: "楼道灯更换", Href: "#main"}, {Text: "—", Kind: Attention, Tag: "缺凭证号", TagFor: Attention}, {Text: "9月31日", Kind: Danger, Sub: "没有这一天"}, {Text: "320.00"}}}
	return templ.Join(
		Tasks("tasks", "今天要办", []TaskRow{
			{ID: "task-1", Title: "报账 128.00 元等您审批", Sub: "路灯灯泡", Href: "#main", Tag: "等我签", TagFor: Attention, Deed: &Deed{Action: "#main", Text: "批准", Name: "decision", Value: "approve"}},
			{ID: "task-2", Title: "提问 2026-013 要答复", Sub: "水费怎么比上月多？", Href: "#main", Tag: "已超期", TagFor: Danger, Due: "11月20日 周五 · 已超 3 天",
				Deed: &Deed{Action: "#main", Text: "先看公布的样子", Open: "答复", Ask: &AreaProps{Field: Field{Name: "answer", Label: "答复"}, Rows: 3, MaxLength: 1000}}},
			{ID: "task-3", Title: "十月账目等您签字", Href: "#main", Act: Link{Text: "去签字", Href: "#main"}},
		}),
		Table(TableProps{ID: "lines", Caption: "最大的几笔", Cards: true, Keyboard: true, Head: 0,
			Cols: []Col{{Title: "用途"}, {Title: "凭证号", Short: true}, {Title: "日期", Short: true}, {Title: "金额（元）", Num: true, Order: "descending", Sort: Link{Href: "#main"}}},
			Rows: []TR{line("记-0931", "3号楼水泵维修", "12,600.00"), line("记-0915", "重阳节老年食堂补贴", "9,200.00"), doubt, {Sum: true, Cells: []TD{{Text: "合计"}, {}, {}, {Text: "22,120.00"}}}}}),
		with(Card(CardProps{Title: "关于这一笔的问答"}),
			Thread("问答", []Saying{{Who: "王** · 3号楼", Time: "10月13日", Text: "水泵去年刚换过，怎么又修？", Tag: "已答复", TagFor: Good},
				{Who: "居委会 李主任", Time: "10月15日", Text: "去年换的是 2 号泵，这次是 1 号泵，票据见附件。", Answer: true}}),
			Files([]FileItem{{Name: "维修发票.jpg", Href: "#main", Note: "图片 · 320 KB"}}),
			Changed("原为", "12,800.00 元", "改为", "12,600.00 元"),
		),
		with(Card(CardProps{Title: "说明"}), Prose([]string{"第一段。", "第二段。"}), Explain("什么是结余？", "上月结余加收入减支出。"), Progress("import", "正在导入", 340, 2000, "340 / 2,000 行")),
		EmptyState(EmptyProps{Icon: IconMoney, Title: "10月的账目还没有公布", Text: "按规定 11月15日前公布，公布后这里能看到每一笔。", Link: Link{Text: "公布时告诉我", Href: "#main"}}),
	)
}

func galleryHome() templ.Component {
	return templ.Join(
		Doors("常用", []Door{
			{Title: "账目", Href: "#main", Icon: IconMoney, Figure: "189,809.35", Unit: "元", Note: "9月末结余"},
			{Title: "诉求", Icon: IconSpeech, Coming: "正在建设，先打 021-5555 0101"},
			{Title: "志愿", Href: "#main", Icon: IconHeart, Figure: "7.4", Unit: "%", Note: "目标 8 %"},
			{Title: "议事", Href: "#main", Icon: IconCalendar, Figure: "11月24日", Note: "下次听证会"},
		}),
		with(Card(CardProps{Over: "后天 19:00", Title: "加装电梯听证会", Href: "#main", Kind: Info, Foot: Link{Text: "我要参加", Href: "#main"}}), with(Stack(), CalendarLeaf(CalendarLeafProps{DateTime: "2026-11-24T19:00+08:00", Month: "11月", Day: "24", Weekday: "周二", Time: "19:00", Distance: "还有 3 天"}))),
		with(Card(CardProps{Title: "找谁办事"}), Person(PersonProps{Name: "陈晓梅", Post: "我的网格员 · 第三网格", Lines: []string{"工作日 9:00–17:30"}, Phone: "021-5555 0123", PhoneFor: "拨打电话"})),
	)
}

func galleryCells() templ.Component {
	return templ.Join(
		Chips("状态", []Link{{Text: "全部", Href: "#main", Current: true, Count: "12"}, {Text: "今天到期", Href: "#main", Count: "2"}, {Text: "已超期", Href: "#main", Count: "1"}}),
		with(Cells(CellsProps{Title: "等我办", Foot: "每天 9:00 更新"}),
			Cell(CellProps{Title: "签发 9 月账目", Desc: "主任已签，等监督委员会", Href: "#main", Icon: IconPen, Tag: "今天到期", TagFor: Attention}),
			Cell(CellProps{Title: "答复水泵维修的提问", Desc: "超期 2 天", Href: "#main", Icon: IconQuestion, Kind: Danger, Tag: "已超期", TagFor: Danger}),
			Cell(CellProps{Title: "3号楼水泵维修", Desc: "9月3日 · 记-0931", Value: "12,600.00", Unit: "元", Sub: "占 32 %", Href: "#main"}),
			with(Cell(CellProps{Title: "这一行有自己的按钮"}), Button(ButtonProps{Text: "同意", Level: Secondary, Small: true, For: "第 12 行"})),
		),
		Pager("翻页", Link{Text: "上一页", Href: "#main"}, Link{Text: "下一页", Href: "#main"}),
	)
}

func galleryFlow() templ.Component {
	return templ.Join(
		Steps("导入步骤", []Step{{Text: "上传", State: StepDone, Href: "#main"}, {Text: "核对", State: StepNow}, {Text: "签字", State: StepNext}, {Text: "公布", State: StepNext}}),
		with(Card(CardProps{Title: "签字", ID: "sign"}), Timeline("签字经过", []Event{
			{Title: "会计提交", Who: "赵** 会计", Time: "10月8日 16:40", State: StepDone, StateFor: "已完成"},
			{Title: "主任签字", Who: "李** 主任", Time: "10月9日 09:12", State: StepDone},
			{Title: "监督委员会签字", Who: "周** 主任", Until: "超期 2 天 · 10月11日", State: StepLate},
			{Title: "公布", State: StepNext},
		})),
		CheckAnswers("check", "核对一下", []Answer{
			{Label: "什么事", Value: "楼道灯不亮", Change: Link{Text: "修改", Href: "#main"}, ChangeFor: "什么事"},
			{Label: "地点", Value: "3号楼 2单元", Lines: []string{"4 楼转角"}, Change: Link{Text: "修改", Href: "#main"}, ChangeFor: "地点"},
			{Label: "手机", Value: "138****5678", Change: Link{Text: "修改", Href: "#main"}, ChangeFor: "手机"},
		}),
		with(Notice(NoticeProps{Kind: Danger, Title: "这张表对不上", Text: "上月结余 + 收入 − 支出 ≠ 本月结余，差 12.00 元。"})),
	)
}

func galleryFilters() templ.Component {
	return templ.Join(
		Search(SearchProps{ID: "q", Action: "/x", Label: "找一笔账", Button: "搜索", Hint: "用途、凭证号"}),
		with(FilterForm("/x", "筛选", "按类别和金额筛选", "筛选", true), Select(SelectProps{Field: Field{Name: "fund", Label: "资金"}, Options: []Option{{Value: "1", Text: "办公经费"}}}), TextField(TextProps{Field: Field{Name: "min", Label: "不少于"}, InputMode: "decimal", Unit: "元"})),
	)
}

func galleryForm() templ.Component {
	return with(Form(FormProps{ID: "ask", Action: "/x", Multipart: true, Guard: true, Hidden: []HiddenField{{Name: "csrf", Value: "x"}}}),
		with(Card(CardProps{Title: "说说情况"}),
			TextArea(AreaProps{Field: Field{Name: "what", Label: "发生了什么", Hint: "什么时候、在哪里、怎么了", Value: "<b>灯</b>"}, MaxLength: 500, Count: "还可以写 {n} 字"}),
			Select(SelectProps{Field: Field{Name: "where", Label: "地点", Error: "请选一个地点"}, Empty: "请选择", Options: []Option{{Value: "3", Text: "3号楼"}}}),
			FileField(FileProps{Field: Field{Name: "photo", Label: "照片", Optional: "可以不填", Hint: "最多 3 张"}, Accept: "image/*", Multiple: true, Shrink: true}),
			Radios(ChoiceProps{Field: Field{Name: "reply", Label: "怎么回复您", Value: "sms"}, Options: []Option{{Value: "sms", Text: "短信", Hint: "免费"}, {Value: "call", Text: "电话"}}}),
			Checkboxes(ChoiceProps{Field: Field{Name: "kind", Label: "公开范围", Optional: "可以不选"}, Row: true, Options: []Option{{Value: "a", Text: "公开", Checked: true}, {Value: "b", Text: "匿名"}}}),
			PhoneField(Field{Name: "phone", Label: "手机号", Error: "手机号应是 11 位，您输入了 10 位", ErrorPrefix: "错误：", Value: "1380000123"}),
			CodeField(Field{Name: "code", Label: "短信验证码", Hint: "6 位数字，10 分钟内有效"}),
			MoneyField(Field{Name: "amount", Label: "金额", Value: "1286.40"}, "元"),
			with(Fieldset(FieldsetProps{Legend: "日期", Row: true}), DateField(Field{Name: "from", Label: "从"}, "2026-01-01", ""), DateField(Field{Name: "to", Label: "到"}, "", "2026-12-31")),
		),
		with(Actions(), Button(ButtonProps{Text: "提交诉求", Busy: "正在提交…"}), ButtonLink(ButtonLinkProps{Text: "返回", Href: "#main", Level: Secondary})),
	)
}

func gallerySheets(p ShellProps) templ.Component {
	names := []string{"3号楼水泵维修", "重阳节老年食堂补贴，9月份，第一食堂和第二食堂合并支付", "楼道灯更换", "打印纸", "文体活动奖品", "垃圾厢房清洗", "小区绿化补种", "志愿者保险"}
	lines := func(n int) (rows []TR) {
		for i := range n {
			rows = append(rows, TR{Cells: []TD{{Text: names[i%len(names)]}, {Text: "记-0931"}, {Text: "9月3日"}, {Text: "12,600.00"}}})
		}
		return rows
	}
	cols := []Col{{Title: "用途"}, {Title: "凭证号", Short: true}, {Title: "日期", Short: true}, {Title: "金额（元）", Num: true}}
	sheet := func(paper string, wide bool, body ...templ.Component) templ.Component {
		return with(SheetPage(SheetProps{Paper: paper, Landscape: wide, Kind: "居务公开 · 财务", Title: "2026年9月收支明细", Community: "和睦里社区", Number: "编号 居公〔2026〕031号", Period: "公示期 10月12日至10月27日", QRAddress: "https://juwu.example.cn/hemuli/accounts/2026-09", QRLabel: "扫码看每一笔", PageText: "第 1 页 共 2 页", Seal: "和睦里社区居民委员会（章）", Date: "2026年10月12日", Signers: []Answer{{Label: "主任", Value: "李**"}, {Label: "监督委员会", Value: "周**"}, {Label: "会计", Value: "赵**"}}, Foot: "有疑问请打 021-5555 0101，或扫码提问"}),
			body...)
	}
	full := func(paper string, wide bool) templ.Component {
		return Table(TableProps{Caption: "明细", HideCaption: true, Cols: cols, Rows: lines(SheetRows(paper, wide))})
	}
	return with(Shell(p), Heading(HeadingProps{Title: "张贴稿"}), with(Actions(), Button(ButtonProps{Text: "打印", Act: "print"})),
		sheet("A4", false, SumList(gallerySum), Table(TableProps{Caption: "明细", HideCaption: true, Cols: cols, Rows: lines(8)})),
		sheet("A4", false, full("A4", false)), sheet("A4", true, full("A4", true)), sheet("A3", false, full("A3", false)), sheet("A3", true, full("A3", true)))
}

func galleryDone(p ShellProps) templ.Component {
	return with(Shell(p), with(ConfirmationPanel(ConfirmationProps{Title: "已收到您的诉求", NumberLabel: "您的编号", Number: "2026-1123-0047", Text: "请记下或截图"}),
		with(Card(CardProps{Title: "接下来"}), Timeline("接下来", []Event{{Title: "网格员陈晓梅联系您", Until: "11月24日前", State: StepNow}, {Title: "办完后请您评价", State: StepNext}})),
		with(Card(CardProps{Title: "等不及可以打电话"}), Person(PersonProps{Name: "陈晓梅", Post: "网格员", Phone: "021-5555 0123", PhoneFor: "拨打电话"})),
		with(Actions(), ButtonLink(ButtonLinkProps{Text: "看办理进度", Href: "#main"})),
	))
}

func galleryConfirm(p ShellProps) templ.Component {
	return with(Shell(p), with(Confirm(ConfirmProps{Title: "撤回这份公告？", Lines: []string{"撤回后居民看不到内容，只看到“已撤回”和原因。", "这一步不能取消。"}, Action: "/x", Yes: "撤回这份公告", No: Link{Text: "返回", Href: "#main"}, Danger: true}),
		TextArea(AreaProps{Field: Field{Name: "why", Label: "原因", Hint: "居民会看到"}, Rows: 3})))
}

func galleryBlackout(p ShellProps) templ.Component {
	p.Scripts = []string{"blackout.js", "photo.js"}
	return with(Shell(p), Heading(HeadingProps{Title: "遮住个人信息"}), with(Form(FormProps{Action: "/x", Guard: true}),
		Blackout(BlackoutProps{ID: "receipt", Name: "boxes", Image: "/static/sample.svg", Alt: "维修发票", Width: 600, Height: 400, Value: "100,100,300,80;500,600,200,100", Hint: "按住拖动，把要遮住的地方涂黑", Add: "加一个黑框", Undo: "撤销上一个", Box: "黑框 {n}", NoJS: "请先在手机相册里涂黑再上传"}),
		with(Actions(), Button(ButtonProps{Text: "保存"}))))
}
