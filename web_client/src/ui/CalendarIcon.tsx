/** The icons of calendars, apart from the others: no page that shows no calendar fetches them. */
import calendarClock from "lucide-static/icons/calendar-clock.svg?raw";
import calendarPlus from "lucide-static/icons/calendar-plus.svg?raw";
import calendarX from "lucide-static/icons/calendar-x.svg?raw";
import chevronLeft from "lucide-static/icons/chevron-left.svg?raw";
import clock from "lucide-static/icons/clock.svg?raw";
import plus from "lucide-static/icons/plus.svg?raw";

import { Drawing } from "./Icon";

const DRAWINGS = {
  "calendar-clock": calendarClock,
  "calendar-plus": calendarPlus,
  "calendar-x": calendarX,
  "chevron-left": chevronLeft,
  clock,
  plus,
};

export function CalendarIcon({ name, small = false }: { name: keyof typeof DRAWINGS; small?: boolean }) {
  return <Drawing file={DRAWINGS[name]} small={small} />;
}
