// Reads a calendar file from standard input with ical.js and prints what it
// understood, for TestCalendarIsReadByAnother.
import ICAL from "ical.js";
import { readFileSync } from "node:fs";

const all = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8"))).getAllSubcomponents("vevent").map((c) => {
  const e = new ICAL.Event(c);
  return {
    uid: e.uid, title: e.summary, text: e.description ?? "", place: e.location ?? "", sequence: e.sequence,
    status: c.getFirstPropertyValue("status"), start: e.startDate.toString(), end: e.endDate.toString(),
  };
});
console.log(JSON.stringify(all));
