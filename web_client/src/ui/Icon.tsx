/** The icons of every page but the call, from lucide (ISC), stroke 1.75. Always beside a name, so hidden from readers. */
import arrowLeft from "lucide-static/icons/arrow-left.svg?raw";
import bell from "lucide-static/icons/bell.svg?raw";
import brain from "lucide-static/icons/brain.svg?raw";
import briefcase from "lucide-static/icons/briefcase.svg?raw";
import calendar from "lucide-static/icons/calendar.svg?raw";
import cameraOff from "lucide-static/icons/camera-off.svg?raw";
import check from "lucide-static/icons/check.svg?raw";
import chevronDown from "lucide-static/icons/chevron-down.svg?raw";
import chevronRight from "lucide-static/icons/chevron-right.svg?raw";
import circleAlert from "lucide-static/icons/circle-alert.svg?raw";
import doorOpen from "lucide-static/icons/door-open.svg?raw";
import download from "lucide-static/icons/download.svg?raw";
import fileText from "lucide-static/icons/file-text.svg?raw";
import house from "lucide-static/icons/house.svg?raw";
import layoutDashboard from "lucide-static/icons/layout-dashboard.svg?raw";
import link2Off from "lucide-static/icons/link-2-off.svg?raw";
import logOut from "lucide-static/icons/log-out.svg?raw";
import menu from "lucide-static/icons/menu.svg?raw";
import messageCircle from "lucide-static/icons/message-circle.svg?raw";
import messageSquare from "lucide-static/icons/message-square.svg?raw";
import mic from "lucide-static/icons/mic.svg?raw";
import notebookPen from "lucide-static/icons/notebook-pen.svg?raw";
import personStanding from "lucide-static/icons/person-standing.svg?raw";
import phone from "lucide-static/icons/phone.svg?raw";
import scrollText from "lucide-static/icons/scroll-text.svg?raw";
import search from "lucide-static/icons/search.svg?raw";
import sprout from "lucide-static/icons/sprout.svg?raw";
import user from "lucide-static/icons/user.svg?raw";
import users from "lucide-static/icons/users.svg?raw";
import videoOff from "lucide-static/icons/video-off.svg?raw";
import wallet from "lucide-static/icons/wallet.svg?raw";
import wifiOff from "lucide-static/icons/wifi-off.svg?raw";

const DRAWINGS = {
  "arrow-left": arrowLeft,
  bell,
  brain,
  briefcase,
  calendar,
  "camera-off": cameraOff,
  check,
  "chevron-down": chevronDown,
  "chevron-right": chevronRight,
  "circle-alert": circleAlert,
  "door-open": doorOpen,
  download,
  "file-text": fileText,
  house,
  "layout-dashboard": layoutDashboard,
  "link-2-off": link2Off,
  "log-out": logOut,
  menu,
  "message-circle": messageCircle,
  "message-square": messageSquare,
  mic,
  "notebook-pen": notebookPen,
  "person-standing": personStanding,
  phone,
  "scroll-text": scrollText,
  search,
  sprout,
  user,
  users,
  "video-off": videoOff,
  wallet,
  "wifi-off": wifiOff,
};

export type IconName = keyof typeof DRAWINGS;

export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  const inner = DRAWINGS[name].replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "");
  return (
    <svg
      class={small ? "icon icon--s" : "icon"}
      viewBox="0 0 24 24"
      aria-hidden="true"
      dangerouslySetInnerHTML={{ __html: inner }}
    />
  );
}
