package ui

// Icon names one of our own line drawings on a 24 × 24 grid.
type Icon string

// The icons there are.
const (
	IconHome      Icon = "home"
	IconDisclose  Icon = "disclose"
	IconTogether  Icon = "together"
	IconPerson    Icon = "person"
	IconCheck     Icon = "check"
	IconClock     Icon = "clock"
	IconWarning   Icon = "warning"
	IconInfo      Icon = "info"
	IconMoney     Icon = "money"
	IconSpeech    Icon = "speech"
	IconHeart     Icon = "heart"
	IconCalendar  Icon = "calendar"
	IconBallot    Icon = "ballot"
	IconPhone     Icon = "phone"
	IconSpeaker   Icon = "speaker"
	IconSearch    Icon = "search"
	IconPrint     Icon = "print"
	IconFile      Icon = "file"
	IconDownload  Icon = "download"
	IconCamera    Icon = "camera"
	IconPlace     Icon = "place"
	IconLock      Icon = "lock"
	IconBell      Icon = "bell"
	IconPen       Icon = "pen"
	IconQuestion  Icon = "question"
	IconForward   Icon = "forward"
	IconBack      Icon = "back"
	IconPlus      Icon = "plus"
	IconClose     Icon = "close"
	IconFeed      Icon = "feed"
	IconShield    Icon = "shield"
	IconBuilding  Icon = "building"
	IconLanguage  Icon = "language"
	IconTextLarge Icon = "text"
)

var iconPaths = map[Icon]string{
	IconHome:      "M3.5 11.5 12 4l8.5 7.5M5.5 10v10h13V10M10 20v-5.5h4V20",
	IconDisclose:  "M4 4.5h16v11H4zM7.5 8.5h9M7.5 11.8h5.5M9 15.5 7.5 20M15 15.5l1.5 4.5",
	IconTogether:  "M9 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 9 11zM3 19.5c0-3.5 2.6-5.5 6-5.5s6 2 6 5.5M15.5 10.8a2.8 2.8 0 1 0-.5-5.5M17 14.2c2.5.4 4 2.3 4 5.3",
	IconPerson:    "M12 11.5a3.7 3.7 0 1 0 0-7.4 3.7 3.7 0 0 0 0 7.4zM4.5 20c.4-3.9 3.4-6 7.5-6s7.1 2.1 7.5 6",
	IconCheck:     "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12.3l2.8 2.8L16 9.5",
	IconClock:     "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.3l3.3 2",
	IconWarning:   "M12 3.8 21.5 20h-19zM12 10v4.5M12 17.2v.1",
	IconInfo:      "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.7v.1",
	IconMoney:     "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 7.5 12 12l3.5-4.5M8.7 12.5h6.6M8.7 15.3h6.6M12 12v5.5",
	IconSpeech:    "M4 5h16v11h-8.5L7 20v-4H4zM8 9h8M8 12h5",
	IconHeart:     "M12 19.8 4.7 12.7a4.5 4.5 0 0 1 6.4-6.4l.9.9.9-.9a4.5 4.5 0 0 1 6.4 6.4z",
	IconCalendar:  "M4 6h16v14H4zM4 10.5h16M8.5 3.5V7M15.5 3.5V7",
	IconBallot:    "M4 12h16v8.5H4zM7 12V3.5h10V12M9.5 7.5l1.8 1.8 3.2-3.5M9 15.5h6",
	IconPhone:     "M6.5 3.5h3l1.5 4-2 1.7c1 2.5 3 4.5 5.8 5.8l1.7-2 4 1.5v3c0 1.2-.9 2-2 2C11 19.5 4.5 13 4.5 5.5c0-1.1.9-2 2-2z",
	IconSpeaker:   "M4 9.5h3.5L12 5.5v13l-4.5-4H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11",
	IconSearch:    "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20.5 20.5",
	IconPrint:     "M7 9V3.5h10V9M7 17H4V9h16v8h-3M7 14h10v6.5H7z",
	IconFile:      "M6 3.5h8l4 4v13H6zM14 3.5v4h4M9 12h6M9 15.5h6",
	IconDownload:  "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14",
	IconCamera:    "M4 7.5h4l1.5-2.5h5L16 7.5h4v12H4zM12 16.5a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6z",
	IconPlace:     "M12 21c-4-4.5-6.5-7.7-6.5-11a6.5 6.5 0 0 1 13 0c0 3.3-2.5 6.5-6.5 11zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
	IconLock:      "M5.5 10.5h13v10h-13zM8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3M12 14.5v2.5",
	IconBell:      "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 18.5a2 2 0 0 0 4 0",
	IconPen:       "M4.5 19.5l1-4.5L16 4.5l3.5 3.5L9 18.5zM13.5 7l3.5 3.5",
	IconQuestion:  "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.3 9.3a2.8 2.8 0 1 1 4 2.6c-.9.4-1.3 1-1.3 2M12 17v.1",
	IconForward:   "M9.5 5.5 16 12l-6.5 6.5",
	IconBack:      "M14.5 5.5 8 12l6.5 6.5",
	IconPlus:      "M12 5v14M5 12h14",
	IconClose:     "M6 6l12 12M18 6 6 18",
	IconFeed:      "M5 5a14 14 0 0 1 14 14M5 11a8 8 0 0 1 8 8M6.2 18.7v.1",
	IconShield:    "M12 3.5 19.5 6v6c0 4.5-3 7.3-7.5 9-4.5-1.7-7.5-4.5-7.5-9V6zM8.7 12l2.4 2.4 4.3-4.7",
	IconBuilding:  "M5.5 20.5v-17h9v17M14.5 9.5h4v11M3.5 20.5h17M8.5 7.5h3M8.5 11.5h3M8.5 15.5h3",
	IconLanguage:  "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM3 12h18M12 3c2.5 2.6 3.7 5.6 3.7 9s-1.2 6.4-3.7 9c-2.5-2.6-3.7-5.6-3.7-9S9.5 5.6 12 3z",
	IconTextLarge: "M3 19 8.5 5 14 19M5 14.5h7M14.5 19l3.2-8 3.3 8M15.7 16.5h4",
}
